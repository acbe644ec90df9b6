"""The model card: `python card.py --training OUT/training.json [--measured BENCH.json] --model models/pocket`."""

import argparse
import json
import os

TEXT = """---
license: apache-2.0
library_name: streetdex
tags: [clip, geolocation, synthetic]
---
# pocket

A small CLIP of {parameters:.2f} million parameters, made by this project on street scenes that it renders itself
(`streetdex world render`), so that everything can be tried without a download. **It knows only the rendered pocket
world and nothing about real photos.** For
those, use StreetCLIP or another CLIP (see the project's README).

## What it is
{layers} layers of width {width} on {size} x {size} pixels in patches of {patch}; a text transformer of {text_layers}
layers of width {text_width}; its own byte-level BPE of {vocab} tokens in CLIP's format; embeddings of {dim} numbers.
Weights are stored in half precision and computed in single; all files together {megabytes:.1f} MB.

## How it was trained
| | |
|---|---|
| script | `training/pocket/train.py`, `training/pocket/export.py` |
| data | {scenes:,} rendered scenes of {towns:,} towns in {countries} countries |
| seed | {seed} |
| date | {date} |
| time | {minutes} minutes on two processor cores, {steps:,} steps |
| losses at the end | {losses} |
| ONNX against PyTorch | lowest cosine {cosine:.6f}, largest difference of a logit {logit:.4f} |

Image-caption contrastive loss in StreetCLIP's templates (town kept with p = 0.4, region with p = 0.6, true pairs never
counted as negatives), the country by its captions, views of one town against the others, and heads for the country and
for what is visible, which are thrown away. Towns and scenes of the training appear in no demo index and in no test.

## While training, on towns never trained on
{curve}

## Measured
{measured}
"""


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
                     + ["| " + " | ".join(str(x) for x in row) + " |" for row in rows])


def curve(history):
    rows = [(h["minutes"], f"{h['step']:,}", h["ema"]["country"], h["ema"].get("near25", "")) for h in history]
    last = history[-1]["ema"]
    note = (f"\n\n{last['images']:,} scenes of {last['towns']} towns; neighbours: {last.get('queries', 0)} queries, 8 "
            "references a town, the nearest within 25 km.")
    return table(("minutes", "steps", "country by captions, %", "nearest neighbour within 25 km, %"), rows) + note


def measured(bench):
    if not bench:
        return "Not yet: `npm run bench:pocket` measures it on fresh seeds."
    percent = lambda x: f"{x:.1f}"
    between = lambda x, ends: f"{x:.1f} ({ends[0]:.1f} to {ends[1]:.1f})"
    rows = []
    for part in ("mixed", "indexed", "unindexed"):
        for method in ("retrieval", "captions", "blend"):
            m = bench[part][method]
            w = m["within_percent"]
            rows.append((part, method, between(w["25"], m["within_25_interval"]), percent(w["200"]), percent(w["750"]),
                         between(m["country_percent"], m["country_interval"]), percent(m["median_km"]),
                         percent(m["coverage_50"]), percent(m["coverage_90"])))
    head = ("towns", "method", "25 km, %", "200 km, %", "750 km, %", "country, %", "median km", "50 % circle", "90 % circle")
    shot = ", ".join(f"{bench[part]['zero_shot_country_percent']:.1f} % ({part})" for part in ("mixed", "indexed", "unindexed"))
    return (f"`npm run bench:pocket -- --seed {bench['seed']}`, {bench['date']}, a seed drawn after the training: "
            f"{bench['queries']:,} scenes of {bench['towns']} towns in {bench['countries']} countries, none of them trained "
            "on; half of the towns are indexed with 8 references each. In brackets 95 % intervals by drawing towns whole. "
            "The blend's weights are not fitted and the circles not calibrated yet.\n\n" + table(head, rows)
            + f"\n\nCountry by the plain argmax over all countries' captions of the gazetteer (250): {shot}.")


def write_card(training, bench, path):
    v, t = training["config"]["vision"], training["config"]["text"]
    history = training["history"]
    losses = next((h["losses"] for h in reversed(history) if h["losses"]), {})
    figures = training["parity"]
    with open(path, "w", encoding="utf-8") as f:
        f.write(TEXT.format(
            parameters=training["parameters"] / 1e6, layers=v["layers"], width=v["hidden_size"], size=v["image_size"],
            patch=v["patch_size"], text_layers=t["layers"], text_width=t["hidden_size"], vocab=t["vocab_size"],
            dim=training["config"]["projection_dim"], megabytes=training["bytes"] / 1e6, **training["data"],
            seed=training["seed"], date=training["date"], minutes=training["minutes"], steps=training["steps"],
            losses=", ".join(f"{k} {x:.2f}" for k, x in losses.items()),
            cosine=min(figures["image_cosine_min"], figures["caption_cosine_min"]),
            logit=figures["logit_difference_max"], curve=curve(history), measured=measured(bench)))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--training", required=True)
    p.add_argument("--measured")
    p.add_argument("--model", required=True)
    a = p.parse_args()
    with open(a.training, encoding="utf-8") as f:
        training = json.load(f)
    bench = None
    if a.measured:
        with open(a.measured, encoding="utf-8") as f:
            bench = json.load(f)
    write_card(training, bench, os.path.join(a.model, "README.md"))


if __name__ == "__main__":
    main()
