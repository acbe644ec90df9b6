"""transformers' CLIPModel -> two ONNX graphs in plain operators (opset 17), laid out as transformers.js has them.

Only for benchmarks and test fixtures: the program itself needs no Python. See requirements.txt beside this file.
"""
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F32, I64 = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    """Nodes and initializers in the order in which they are asked for; every method returns an output's name."""

    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0

    def constant(self, values, dtype=np.float32):
        self.count += 1
        name = f"w{self.count}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype, order="C"), name))
        return name

    def op(self, kind, *inputs, out=None, **attributes):
        self.count += 1
        out = out or f"{kind.lower()}{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def ints(self, *values):
        return self.constant(values, np.int64)

    def norm(self, x, layer):
        weight, bias = self.constant(layer.weight.detach()), self.constant(layer.bias.detach())
        return self.op("LayerNormalization", x, weight, bias, axis=-1, epsilon=layer.eps)

    def linear(self, x, layer, scale=1.0, out=None):
        product = self.op("MatMul", x, self.constant(layer.weight.detach().T * scale), out=out if layer.bias is None else None)
        return product if layer.bias is None else self.op("Add", product, self.constant(layer.bias.detach() * scale))

    def activation(self, x, name):
        if name == "quick_gelu":
            return self.op("Mul", x, self.op("Sigmoid", self.op("Mul", x, self.constant(1.702))))
        assert name == "gelu", name
        erf = self.op("Erf", self.op("Div", x, self.constant(2.0**0.5)))
        half = self.op("Mul", x, self.op("Add", erf, self.constant(1.0)))
        return self.op("Mul", half, self.constant(0.5))

    def attention(self, x, layer, heads, mask):
        side = layer.q_proj.weight.shape[0] // heads
        split = self.ints(0, -1, heads, side)
        rows = lambda y, perm: self.op("Transpose", self.op("Reshape", y, split), perm=perm)
        q = rows(self.linear(x, layer.q_proj, side**-0.5), [0, 2, 1, 3])
        k = rows(self.linear(x, layer.k_proj), [0, 2, 3, 1])
        v = rows(self.linear(x, layer.v_proj), [0, 2, 1, 3])
        scores = self.op("MatMul", q, k)
        if mask:
            scores = self.op("Add", scores, mask)
        mixed = self.op("MatMul", self.op("Softmax", scores, axis=-1), v)
        joined = self.op("Reshape", self.op("Transpose", mixed, perm=[0, 2, 1, 3]), self.ints(0, -1, heads * side))
        return self.linear(joined, layer.out_proj)

    def layers(self, x, encoder, config, mask=None):
        for layer in encoder.layers:
            x = self.op("Add", x, self.attention(self.norm(x, layer.layer_norm1), layer.self_attn, config.num_attention_heads, mask))
            hidden = self.activation(self.linear(self.norm(x, layer.layer_norm2), layer.mlp.fc1), config.hidden_act)
            x = self.op("Add", x, self.linear(hidden, layer.mlp.fc2))
        return x

    def save(self, path, inputs, outputs):
        graph = helper.make_graph(self.nodes, "clip", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="streetdex")
        onnx.checker.check_model(model)
        onnx.save(model, path)


def vision_graph(model, path):
    g, vision, config = Graph(), model.vision_model, model.config.vision_config
    patch = vision.embeddings.patch_embedding
    width = config.hidden_size
    x = g.op("Conv", "pixel_values", g.constant(patch.weight.detach()), strides=[config.patch_size] * 2, kernel_shape=[config.patch_size] * 2)
    x = g.op("Transpose", g.op("Reshape", x, g.ints(0, width, -1)), perm=[0, 2, 1])
    count = g.op("Slice", g.op("Shape", x), g.ints(0), g.ints(1))
    shape = g.op("Concat", count, g.ints(1, width), axis=0)
    token = g.op("Expand", g.constant(vision.embeddings.class_embedding.detach().reshape(1, 1, -1)), shape)
    x = g.op("Concat", token, x, axis=1)
    x = g.op("Add", x, g.constant(vision.embeddings.position_embedding.weight.detach()[None]))
    x = g.layers(g.norm(x, vision.pre_layrnorm), vision.encoder, config)
    x = g.norm(g.op("Gather", x, g.constant(0, np.int64), axis=1), vision.post_layernorm)
    g.linear(x, model.visual_projection, out="image_embeds")
    size = config.image_size
    g.save(
        path,
        [helper.make_tensor_value_info("pixel_values", F32, ["batch", 3, size, size])],
        [helper.make_tensor_value_info("image_embeds", F32, ["batch", model.config.projection_dim])],
    )


def text_graph(model, path):
    g, text, config = Graph(), model.text_model, model.config.text_config
    ids = "input_ids"
    length = g.op("Slice", g.op("Shape", ids), g.ints(1), g.ints(2))
    positions = g.op("Slice", g.constant(text.embeddings.position_embedding.weight.detach()), g.ints(0), length, g.ints(0))
    x = g.op("Add", g.op("Gather", g.constant(text.embeddings.token_embedding.weight.detach()), ids), positions)
    square = g.op("Concat", length, length, axis=0)
    full = g.op("ConstantOfShape", square, value=numpy_helper.from_array(np.array([-3e38], np.float32)))
    mask = g.op("Trilu", full, g.constant(1, np.int64), upper=1)
    x = g.norm(g.layers(x, text.encoder, config, mask), text.final_layer_norm)
    # Old configs say eos_token_id 2 though the id is the vocabulary's last: there the highest id marks the end.
    key = ids if config.eos_token_id == 2 else g.op("Cast", g.op("Equal", ids, g.constant(config.eos_token_id, np.int64)), to=I64)
    end = g.op("ArgMax", key, axis=1, keepdims=1)
    x = g.op("GatherND", x, end, batch_dims=1)
    g.linear(x, model.text_projection, out="text_embeds")
    g.save(
        path,
        [helper.make_tensor_value_info(ids, I64, ["batch", "length"])],
        [helper.make_tensor_value_info("text_embeds", F32, ["batch", model.config.projection_dim])],
    )


def write_model_folder(model, folder, tokenizer):
    """config, preprocessor config, tokenizer.json and both graphs."""
    os.makedirs(f"{folder}/onnx", exist_ok=True)
    tokenizer.save(f"{folder}/tokenizer.json")
    config = json.loads(model.config.to_json_string(use_diff=False))
    keep_text = ["model_type", "vocab_size", "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads",
                 "max_position_embeddings", "hidden_act", "layer_norm_eps", "bos_token_id", "eos_token_id", "pad_token_id"]
    keep_vision = ["model_type", "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads",
                   "num_channels", "image_size", "patch_size", "hidden_act", "layer_norm_eps"]
    pick = lambda part, names: {name: config[part][name] for name in names}
    out = dict(architectures=["CLIPModel"], model_type="clip", projection_dim=config["projection_dim"], logit_scale_init_value=2.6592,
               text_config=pick("text_config", keep_text), vision_config=pick("vision_config", keep_vision))
    json.dump(out, open(f"{folder}/config.json", "w"), indent=2)
    side = config["vision_config"]["image_size"]
    pre = dict(crop_size=dict(height=side, width=side), do_center_crop=True, do_convert_rgb=True, do_normalize=True, do_rescale=True, do_resize=True,
               image_mean=[0.48145466, 0.4578275, 0.40821073], image_processor_type="CLIPImageProcessor",
               image_std=[0.26862954, 0.26130258, 0.27577711], resample=3, rescale_factor=0.00392156862745098, size=dict(shortest_edge=side))
    json.dump(pre, open(f"{folder}/preprocessor_config.json", "w"), indent=2)
    vision_graph(model, f"{folder}/onnx/vision_model.onnx")
    text_graph(model, f"{folder}/onnx/text_model.onnx")


def pixel_values(path, size):
    """CLIP's preprocessing by Pillow, as transformers' CLIPImageProcessor does it. The two passes are asked for one by one:
    from version 13 on, Pillow alone would take the vertical one first for tall pictures, which moves levels by one."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    w, h = image.size
    nw, nh = (size, int(size * h / w)) if w < h else (int(size * w / h), size)
    left, top = (nw - size) // 2, (nh - size) // 2
    x = np.asarray(image.resize((nw, h), Image.BICUBIC).resize((nw, nh), Image.BICUBIC).crop((left, top, left + size, top + size)), np.float32) / 255
    mean, std = np.array([0.48145466, 0.4578275, 0.40821073], "f4"), np.array([0.26862954, 0.26130258, 0.27577711], "f4")
    return ((x - mean) / std).transpose(2, 0, 1)[None]


def random_weights(model, seed, spread=1.2):
    """Random weights that tell pictures apart: the initial ones of the library are so small that all vectors agree."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "position_embedding" in name or "class_embedding" in name:
                p.normal_(0, 0.3)
            elif "token_embedding" in name:
                p.normal_(0, 0.6)
            elif "norm" in name and name.endswith("weight"):
                p.fill_(1).add_(torch.randn_like(p) * 0.2)
            elif p.dim() == 1:
                p.normal_(0, 0.1)
            elif p.dim() > 1:
                p.normal_(0, p[0].numel() ** -0.5 * spread)
        model.logit_scale.fill_(4.6052)
    return model.eval()
