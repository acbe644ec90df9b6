"""Measures a model folder on rendered scenes (country by captions, neighbours), through its ONNX files and real JPEGs.

`--hub CHECKPOINT_FOLDER` checks the folder against transformers (CLIPModel, CLIPTokenizerFast, CLIPImageProcessor) too.
"""

import argparse
import json
import os
import random

import numpy as np
import onnxruntime
import torch

import captions
from bpe import Tokenizer
from data import centre, read_rows, preprocessed
from losses import within_km


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


class Folder:
    def __init__(self, path):
        self.path = path
        load = lambda name: json.load(open(os.path.join(path, name), encoding="utf-8"))
        self.prepare = load("preprocessor_config.json")
        self.size = self.prepare["size"]["shortest_edge"]
        self.config, self.about = load("config.json"), load("streetdex.json")
        lines = open(os.path.join(path, "merges.txt"), encoding="utf-8").read().splitlines()[1:]
        self.tokenizer = Tokenizer([tuple(x.split(" ")) for x in lines])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.vision, self.text = (
            onnxruntime.InferenceSession(os.path.join(path, "onnx", f"{n}_model_fp16.onnx"), options,
                                         providers=["CPUExecutionProvider"]) for n in ("vision", "text"))

    def tensor(self, path):
        pixels = preprocessed(path, self.size)
        top = (pixels.shape[0] - self.size) // 2
        x = centre(pixels[None, top : top + self.size], self.size)[0].astype(np.float32) / 255
        x = (x - np.float32(self.prepare["image_mean"])) / np.float32(self.prepare["image_std"])
        return x.transpose(2, 0, 1)

    def image(self, path):
        return unit(self.vision.run(None, {"pixel_values": self.tensor(path)[None]})[0])[0]

    def sentence(self, text):
        ids = np.array([self.tokenizer.encode(text)], np.int64)
        return unit(self.text.run(None, {"input_ids": ids})[0])[0]


def against_hub(folder, checkpoint, files, sentences):
    from safetensors.torch import load_file
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast
    from PIL import Image

    config = CLIPConfig.from_pretrained(folder.path)
    model = CLIPModel(config)
    missing = model.load_state_dict(load_file(os.path.join(checkpoint, "model.safetensors")), strict=False)
    model.eval()
    tokenizer = CLIPTokenizerFast.from_pretrained(folder.path)
    processor = CLIPImageProcessor.from_pretrained(folder.path)
    same_ids = all(tokenizer(s)["input_ids"] == folder.tokenizer.encode(s) for s in sentences)
    image_cosines, caption_cosines, pixel_difference = [], [], 0.0
    with torch.no_grad():
        for f in files:
            pixels = processor(Image.open(f).convert("RGB"), return_tensors="pt")["pixel_values"]
            pixel_difference = max(pixel_difference, float(np.abs(pixels[0].numpy() - folder.tensor(f)).max()))
            z = model.get_image_features(pixel_values=pixels)
            z = getattr(z, "pooler_output", z)
            image_cosines.append(float(unit(z[0].numpy()) @ folder.image(f)))
        for s in sentences:
            t = model.get_text_features(**tokenizer([s], padding="max_length", max_length=77, return_tensors="pt"))
            t = getattr(t, "pooler_output", t)
            caption_cosines.append(float(unit(t[0].numpy()) @ folder.sentence(s)))
    return {"missing": missing.missing_keys, "unexpected": missing.unexpected_keys, "same_ids": same_ids,
            "image_cosine_min": min(image_cosines), "caption_cosine_min": min(caption_cosines),
            "pixel_difference_max": pixel_difference, "logit_scale": model.logit_scale.exp().item(),
            "logit_scale_from_config": float(np.exp(config.logit_scale_init_value))}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--split", default="", help="only rows of this split (val), or all")
    p.add_argument("--towns", type=int, default=150)
    p.add_argument("--references", type=int, default=8)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--hub", help="folder of model.safetensors")
    a = p.parse_args()
    folder, rows = Folder(a.model), read_rows(a.data)
    path = lambda r: os.path.join(a.data, r["file"])
    countries = sorted({r["country"] for r in rows})
    result = {}
    if a.hub:
        sample = random.Random(a.seed).sample(rows, min(16, len(rows)))
        sentences = [s for r in sample for s in captions.all_sentences(r)] + ["São Tomé's  Łódź 京都 42 km!"]
        result["hub"] = against_hub(folder, a.hub, [path(r) for r in sample], sentences)
    rows = [r for r in rows if not a.split or r["split"] == a.split]
    towns = {}
    for r in rows:
        towns.setdefault(r["town_id"], []).append(r)
    chosen = sorted(towns)
    random.Random(a.seed).shuffle(chosen)
    t = np.stack([folder.sentence(captions.country_caption(c)) for c in countries])
    references, queries, right = [], [], []
    for town in chosen[: a.towns]:
        for k, r in enumerate(towns[town]):
            z = folder.image(path(r))
            right.append(countries[int((t @ z).argmax())] == r["country"])
            (references if k < a.references else queries).append((r, z))
    result |= {"towns": min(a.towns, len(chosen)), "scenes": len(right), "countries": len(countries),
               "country_percent": round(100 * float(np.mean(right)), 1)}
    if queries:
        index = np.stack([z for _, z in references])
        best = [references[int((index @ z).argmax())][0] for _, z in queries]
        of = lambda rs, key: torch.tensor([r[key] for r in rs])
        asked = [r for r, _ in queries]
        near = within_km(of(asked, "lat"), of(asked, "lon"), of(best, "lat"), of(best, "lon"), 25).diagonal()
        result |= {"queries": len(queries), "near_25_percent": round(100 * near.float().mean().item(), 1)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
