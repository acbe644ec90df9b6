"""A small CLIP in plain PyTorch, whose state dict is written under the hub's names (transformers.CLIPModel)."""

import math

import torch
import torch.nn.functional as F
from torch import nn


# quick_gelu(y) = y·sigmoid(1.702·y) = silu(1.702·y)/1.702. Trained as silu, which is one fused pass instead of three
# (a third of the time of a step); hub_state() moves the factor into the two matrices.
STEEP = 1.702


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.layer_norm1 = nn.LayerNorm(width)
        self.layer_norm2 = nn.LayerNorm(width)
        # One matrix for q, k and v trains faster; hub_state() splits it.
        self.qkv = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x, causal=False):
        b, n, d = x.shape
        q, k, v = self.qkv(self.layer_norm1(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        x = x + self.out_proj(y.transpose(1, 2).reshape(b, n, d))
        return x + self.fc2(F.silu(self.fc1(self.layer_norm2(x))))


class PocketClip(nn.Module):
    def __init__(self, config):
        super().__init__()
        v, t, d = config["vision"], config["text"], config["projection_dim"]
        self.config = config
        self.patch, self.size = v["patch_size"], v["image_size"]
        side = self.size // self.patch
        self.patch_embedding = nn.Linear(3 * self.patch**2, v["hidden_size"], bias=False)
        self.class_embedding = nn.Parameter(torch.randn(v["hidden_size"]) * 0.02)
        self.vision_position = nn.Parameter(torch.randn(side * side + 1, v["hidden_size"]) * 0.02)
        self.pre_norm = nn.LayerNorm(v["hidden_size"])
        self.vision = nn.ModuleList(Block(v["hidden_size"], v["heads"]) for _ in range(v["layers"]))
        self.post_norm = nn.LayerNorm(v["hidden_size"])
        self.visual_projection = nn.Linear(v["hidden_size"], d, bias=False)
        self.token_embedding = nn.Embedding(t["vocab_size"], t["hidden_size"])
        self.text_position = nn.Parameter(torch.randn(t["positions"], t["hidden_size"]) * 0.01)
        self.text = nn.ModuleList(Block(t["hidden_size"], t["heads"]) for _ in range(t["layers"]))
        self.final_norm = nn.LayerNorm(t["hidden_size"])
        self.text_projection = nn.Linear(t["hidden_size"], d, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)
        for blocks in (self.vision, self.text):
            for block in blocks:
                width = block.fc1.in_features
                for linear in (block.qkv, block.fc1):
                    nn.init.normal_(linear.weight, std=width**-0.5)
                for linear in (block.out_proj, block.fc2):
                    nn.init.normal_(linear.weight, std=(2 * len(blocks) * linear.in_features) ** -0.5)
                for linear in (block.qkv, block.fc1, block.out_proj, block.fc2):
                    nn.init.zeros_(linear.bias)

    def patches(self, pixels):
        """uint8 [n, h, w, 3] -> uint8 [n, patches, 3·p·p] in the order of a convolution's weight."""
        n, h, w, _ = pixels.shape
        p = self.patch
        x = pixels.view(n, h // p, p, w // p, p, 3).permute(0, 1, 3, 5, 2, 4)
        return x.reshape(n, (h // p) * (w // p), 3 * p * p)

    def image_features(self, patches, kept=None):
        """Normalised float patches [n, k, 3·p·p]; `kept` [n, k] are their positions when some were dropped.

        Gives the class token after the last norm, before the projection."""
        x = self.patch_embedding(patches)
        position = self.vision_position[1:]
        x = x + (position if kept is None else position[kept])
        cls = (self.class_embedding + self.vision_position[0]).expand(x.shape[0], 1, -1)
        x = self.pre_norm(torch.cat([cls, x], 1))
        for block in self.vision:
            x = block(x)
        return self.post_norm(x[:, 0])

    def image_embeds(self, features):
        return F.normalize(self.visual_projection(features), dim=-1)

    def text_embeds(self, ids, last):
        """ids [n, len] padded at will after the end token; `last` [n], the position of the first end token."""
        x = self.token_embedding(ids) + self.text_position[: ids.shape[1]]
        for block in self.text:
            x = block(x, causal=True)
        x = self.final_norm(x[torch.arange(len(ids)), last])
        return F.normalize(self.text_projection(x), dim=-1)


def hub_state(model):
    """The weights under transformers.CLIPModel's names, float32."""
    s, out = model.state_dict(), {}
    width = model.patch_embedding.out_features
    v, t = "vision_model.", "text_model."
    out[v + "embeddings.class_embedding"] = s["class_embedding"]
    out[v + "embeddings.patch_embedding.weight"] = s["patch_embedding.weight"].view(width, 3, model.patch, model.patch)
    out[v + "embeddings.position_embedding.weight"] = s["vision_position"]
    out[t + "embeddings.token_embedding.weight"] = s["token_embedding.weight"]
    out[t + "embeddings.position_embedding.weight"] = s["text_position"]
    for ours, theirs in (("pre_norm", v + "pre_layrnorm"), ("post_norm", v + "post_layernorm"),
                         ("final_norm", t + "final_layer_norm")):
        for kind in ("weight", "bias"):
            out[f"{theirs}.{kind}"] = s[f"{ours}.{kind}"]
    for ours, theirs, blocks in (("vision", v, model.vision), ("text", t, model.text)):
        for i in range(len(blocks)):
            a, b = f"{ours}.{i}.", f"{theirs}encoder.layers.{i}."
            for kind in ("weight", "bias"):
                for name, part in zip(("q_proj", "k_proj", "v_proj"), s[f"{a}qkv.{kind}"].chunk(3)):
                    out[f"{b}self_attn.{name}.{kind}"] = part
                out[f"{b}self_attn.out_proj.{kind}"] = s[f"{a}out_proj.{kind}"]
                for name in ("layer_norm1", "layer_norm2"):
                    out[f"{b}{name}.{kind}"] = s[f"{a}{name}.{kind}"]
                out[f"{b}mlp.fc1.{kind}"] = s[f"{a}fc1.{kind}"] / STEEP
            out[f"{b}mlp.fc2.weight"] = s[f"{a}fc2.weight"] * STEEP
            out[f"{b}mlp.fc2.bias"] = s[f"{a}fc2.bias"]
    out["visual_projection.weight"] = s["visual_projection.weight"]
    out["text_projection.weight"] = s["text_projection.weight"]
    out["logit_scale"] = s["logit_scale"]
    return {k: x.detach().float().contiguous().clone() for k, x in out.items()}


def hub_config(config, tokenizer, logit_scale):
    """config.json as the hub has it, nothing left to a default that matters."""
    v, t = config["vision"], config["text"]
    common = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "attention_dropout": 0.0, "dropout": 0.0,
              "initializer_factor": 1.0, "initializer_range": 0.02, "projection_dim": config["projection_dim"]}
    return {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": config["projection_dim"],
        "logit_scale_init_value": logit_scale,
        "initializer_factor": 1.0,
        "torch_dtype": "float32",
        "text_config": {"model_type": "clip_text_model", **common, "hidden_size": t["hidden_size"],
                        "intermediate_size": 4 * t["hidden_size"], "num_hidden_layers": t["layers"],
                        "num_attention_heads": t["heads"], "max_position_embeddings": t["positions"],
                        "vocab_size": t["vocab_size"], "bos_token_id": tokenizer.start,
                        "eos_token_id": tokenizer.end, "pad_token_id": tokenizer.end},
        "vision_config": {"model_type": "clip_vision_model", **common, "hidden_size": v["hidden_size"],
                          "intermediate_size": 4 * v["hidden_size"], "num_hidden_layers": v["layers"],
                          "num_attention_heads": v["heads"], "num_channels": 3, "image_size": v["image_size"],
                          "patch_size": v["patch_size"]},
    }
