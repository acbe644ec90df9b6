"""Writes the model folder (the hub's layout plus streetdex.json) from a checkpoint, and checks it against PyTorch."""

import argparse
import datetime
import hashlib
import json
import math
import os

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save_file

import captions
from bpe import Tokenizer
from card import write_card
from clip_model import PocketClip, hub_config, hub_state
from data import MEAN, STD
from onnx_graph import text_model, vision_model


def preprocessor(size):
    return {"crop_size": {"height": size, "width": size}, "do_center_crop": True, "do_convert_rgb": True,
            "do_normalize": True, "do_rescale": True, "do_resize": True, "image_mean": list(MEAN),
            "image_processor_type": "CLIPImageProcessor", "image_std": list(STD), "resample": 3,
            "rescale_factor": 1 / 255, "size": {"shortest_edge": size}}


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=2, ensure_ascii=False)
        f.write("\n")


def torch_vision(model, pixels):
    """pixel_values [n, 3, s, s] through PyTorch, not normalised."""
    n, p, s = len(pixels), model.patch, model.size
    x = pixels.view(n, 3, s // p, p, s // p, p).permute(0, 2, 4, 1, 3, 5).reshape(n, -1, 3 * p * p)
    return model.visual_projection(model.image_features(x))


@torch.no_grad()
def parity(model, tokenizer, folder, sentences):
    """Lowest cosines and largest difference of logits between the ONNX files and PyTorch in float32."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    vision, text = (onnxruntime.InferenceSession(os.path.join(folder, "onnx", f"{n}_model_fp16.onnx"), options,
                                                 providers=["CPUExecutionProvider"]) for n in ("vision", "text"))
    unit = lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True)
    g = torch.Generator().manual_seed(3)
    # Smooth fields of colour, as pictures are, rather than white noise.
    pixels = torch.nn.functional.interpolate(torch.randn(32, 3, 9, 9, generator=g), size=model.size, mode="bicubic")
    want_z = unit(torch_vision(model, pixels).numpy())
    one = unit(np.concatenate([vision.run(None, {"pixel_values": x[None].numpy()})[0] for x in pixels]))
    four = unit(np.concatenate([vision.run(None, {"pixel_values": pixels[i : i + 4].numpy()})[0]
                                for i in range(0, 32, 4)]))
    want_t, got_t = [], []
    for s in sentences:
        ids = tokenizer.encode(s)
        want_t.append(model.text_embeds(torch.tensor([ids]), torch.tensor([len(ids) - 1])).numpy()[0])
        got_t.append(text.run(None, {"input_ids": np.array([ids], np.int64)})[0][0])
    want_t, got_t = unit(np.stack(want_t)), unit(np.stack(got_t))
    padded = np.full((len(sentences), tokenizer.length), tokenizer.end, np.int64)
    for row, s in zip(padded, sentences):
        ids = tokenizer.encode(s)
        row[: len(ids)] = ids
    many_t = unit(text.run(None, {"input_ids": padded})[0])
    scale = model.logit_scale.exp().item()
    return {
        "reference": "PyTorch float32",
        "images": len(pixels), "captions": len(sentences),
        "image_cosine_min": float((want_z * one).sum(1).min()),
        "caption_cosine_min": float((want_t * got_t).sum(1).min()),
        "batch_cosine_min": float(min((one * four).sum(1).min(), (got_t * many_t).sum(1).min())),
        "logit_difference_max": float(np.abs(scale * (want_z @ want_t.T - one @ got_t.T)).max()),
    }


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--checkpoint", required=True)
    p.add_argument("--model", required=True, help="the model folder to write")
    p.add_argument("--raw", action="store_true", help="the last weights instead of their running mean")
    p.add_argument("--name", default="pocket")
    a = p.parse_args()
    saved = torch.load(a.checkpoint, weights_only=True)
    tokenizer = Tokenizer(saved["merges"])
    model = PocketClip(saved["config"])
    model.load_state_dict(saved["model" if a.raw else "averaged"])
    model.eval()
    state = hub_state(model)
    config = hub_config(saved["config"], tokenizer, model.logit_scale.item())
    os.makedirs(os.path.join(a.model, "onnx"), exist_ok=True)
    save_file(state, os.path.join(os.path.dirname(os.path.abspath(a.checkpoint)), "model.safetensors"))
    arrays = {k: v.numpy() for k, v in state.items()}
    onnx.save(vision_model(arrays, config), os.path.join(a.model, "onnx", "vision_model_fp16.onnx"))
    onnx.save(text_model(arrays, config), os.path.join(a.model, "onnx", "text_model_fp16.onnx"))
    write_json(os.path.join(a.model, "config.json"), config)
    write_json(os.path.join(a.model, "preprocessor_config.json"), preprocessor(saved["config"]["vision"]["image_size"]))
    tokenizer.save(a.model)
    sentences = [captions.country_caption(c) for c in saved["countries"]]
    sentences += ["A Street View photo from São Paulo.",
                  captions.TOWN.format(town="Łódź", region="Łódź Voivodeship", country="Poland")]
    figures = parity(model, tokenizer, a.model, sentences)
    print(json.dumps(figures, indent=2))
    if min(v for k, v in figures.items() if "cosine" in k) < 0.9999:
        raise SystemExit("the ONNX files do not agree with PyTorch")
    names = ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
             "merges.txt", "onnx/vision_model_fp16.onnx", "onnx/text_model_fp16.onnx"]
    files, total = {}, 0
    for name in names:
        with open(os.path.join(a.model, name), "rb") as f:
            content = f.read()
        files[name] = hashlib.sha256(content).hexdigest()
        total += len(content)
    write_json(os.path.join(a.model, "streetdex.json"), {
        "format": 1, "name": a.name, "source": "trained by this project: training/pocket", "licence": "Apache-2.0",
        "notice": "The pocket model knows only its own computer-drawn world: its answers for real photos mean nothing.",
        "logit_scale": math.exp(model.logit_scale.item()), "templates": captions.TEMPLATES, "sha256": files,
        "precision": "fp16", "parity": figures})
    training = {"seed": saved["arguments"]["seed"], "minutes": round(saved.get("before", 0.0) + saved["spent"] / 60, 1), "steps": saved["step"],
                "data": saved["data"], "config": saved["config"], "arguments": saved["arguments"],
                "parameters": sum(v.numel() for v in state.values()), "history": saved["history"],
                "date": datetime.date.today().isoformat(), "bytes": total, "parity": figures}
    out = os.path.join(os.path.dirname(os.path.abspath(a.checkpoint)), "training.json")
    write_json(out, training)
    write_card(training, None, os.path.join(a.model, "README.md"))
    print(f"{a.model}: {total / 1e6:.2f} MB, logit scale {math.exp(model.logit_scale.item()):.1f}; {out}")


if __name__ == "__main__":
    main()
