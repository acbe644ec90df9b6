"""Trains the pocket CLIP on rendered street scenes within a given number of minutes. See README.md."""

import argparse
import json
import math
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import captions
from bpe import Tokenizer, learn
from clip_model import PocketClip
from data import MEAN, STD, Batches, attribute_targets, centre, pixel_cache, read_rows
from losses import contrastive, same_town, within_km
from optimizer import Muon
from together import Together


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True, help="folder with the pictures and their table")
    p.add_argument("--out", required=True, help="where checkpoints and the log go")
    p.add_argument("--cache", help="folder of the decoded pictures (default: the data folder)")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--resume", action="store_true", help="go on from OUT/last.pt, the time spent counted")
    p.add_argument("--start", help="begin with a checkpoint's weights, with a new clock and new optimisers")
    p.add_argument("--processes", type=int, default=2, help="each of one thread")
    p.add_argument("--size", type=int, default=160)
    p.add_argument("--patch", type=int, default=20)
    p.add_argument("--width", type=int, default=192)
    p.add_argument("--layers", type=int, default=6)
    p.add_argument("--heads", type=int, default=3)
    p.add_argument("--text-width", type=int, default=128)
    p.add_argument("--text-layers", type=int, default=4)
    p.add_argument("--dim", type=int, default=192)
    p.add_argument("--vocab", type=int, default=3000)
    p.add_argument("--countries", type=int, default=8, help="countries in a batch")
    p.add_argument("--towns", type=int, default=4, help="towns of a country in a batch")
    p.add_argument("--views", type=int, default=4, help="pictures of a town in a batch")
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--decay", type=float, default=0.05)
    p.add_argument("--optimizer", choices=("muon", "adamw"), default="muon")
    p.add_argument("--warmup-steps", type=int, default=100)
    p.add_argument("--drop", type=float, default=0.4, help="share of the patches dropped at first")
    p.add_argument("--drop-until", type=float, default=0.6, help="part of the time with dropped patches")
    p.add_argument("--w-clip", type=float, default=1.0)
    p.add_argument("--w-zero", type=float, default=1.0)
    p.add_argument("--w-town", type=float, default=1.0)
    p.add_argument("--w-proxy", type=float, default=0.5)
    p.add_argument("--w-attr", type=float, default=2.0)
    p.add_argument("--w-country", type=float, default=0.5)
    p.add_argument("--town-scale", type=float, default=14.0)
    p.add_argument("--memory", type=int, default=0, help="earlier embeddings that take part in the town loss")
    p.add_argument("--ema", type=float, default=0.998)
    p.add_argument("--eval-minutes", type=float, default=4)
    p.add_argument("--eval-towns", type=int, default=150)
    p.add_argument("--keep-few", type=int, default=0, help="train on so many towns only (for trials)")
    return p.parse_args()


class Heads(nn.Module):
    """Thrown away at export: attributes and country from the features, a point on the sphere for each town."""

    def __init__(self, width, dim, attributes, countries, towns):
        super().__init__()
        self.sizes = attributes
        self.attributes = nn.Linear(width, max(1, sum(attributes)))
        self.country = nn.Linear(width, countries)
        self.towns = nn.Parameter(F.normalize(torch.randn(towns, dim), dim=-1))


class Texts:
    def __init__(self, tokenizer):
        self.tokenizer, self.known = tokenizer, {}

    def __call__(self, texts):
        ids = []
        for text in texts:
            if text not in self.known:
                self.known[text] = self.tokenizer.encode(text)
            ids.append(self.known[text])
        longest = max(map(len, ids))
        end = self.tokenizer.end
        padded = torch.tensor([x + [end] * (longest - len(x)) for x in ids])
        return padded, torch.tensor([len(x) - 1 for x in ids])


MEAN_T = torch.tensor(MEAN) * 255
STD_T = torch.tensor(STD) * 255


def floats(model, patches, gain=None, shift=None):
    """uint8 patches -> normalised float32; `gain` and `shift` [n, 3] are brightness and colour."""
    n, k, _ = patches.shape
    mul, add = 1 / STD_T, -MEAN_T / STD_T
    if gain is not None:
        mul, add = gain * mul, (shift * mul + add).expand(n, 3)
        mul, add = mul[:, None, :, None], add[:, None, :, None]
    else:
        mul, add = mul[None, None, :, None], add[None, None, :, None]
    return torch.addcmul(add, patches.view(n, k, 3, -1).float(), mul).view(n, k, -1)


@torch.no_grad()
def embed_images(model, pixels, indices, batch=64):
    out = []
    for a in range(0, len(indices), batch):
        u8 = torch.from_numpy(np.ascontiguousarray(centre(pixels[indices[a : a + batch]], model.size)))
        out.append(model.image_embeds(model.image_features(floats(model, model.patches(u8)))))
    return torch.cat(out)


def evaluate(model, texts, rows, pixels, indices, countries, references=8, queries=4):
    """On towns never trained on: country by captions, and nearest neighbour within 25 km among `references` a town."""
    model.eval()
    # The other processes wait meanwhile.
    threads = torch.get_num_threads()
    torch.set_num_threads(os.cpu_count() or 1)
    z = embed_images(model, pixels, indices)
    with torch.no_grad():
        t = model.text_embeds(*texts([captions.country_caption(c) for c in countries]))
    best = (z @ t.T).argmax(1).tolist()
    right = [countries[b] == rows[i]["country"] for b, i in zip(best, indices)]
    per_country = {}
    for i, r in zip(indices, right):
        per_country.setdefault(rows[i]["country"], []).append(r)
    seen, refs, asks = {}, [], []
    for k, i in enumerate(indices):
        n = seen[rows[i]["town_id"]] = seen.get(rows[i]["town_id"], 0) + 1
        if n <= references:
            refs.append(k)
        elif n <= references + queries:
            asks.append(k)
    lat = torch.tensor([rows[i]["lat"] for i in indices])
    lon = torch.tensor([rows[i]["lon"] for i in indices])
    result = {"country": round(100 * sum(right) / len(right), 1), "images": len(indices), "towns": len(seen),
              "country_macro": round(100 * float(np.mean([np.mean(v) for v in per_country.values()])), 1)}
    if asks:
        near = (z[asks] @ z[refs].T).argmax(1)
        refs_t = torch.tensor(refs)[near]
        ok = within_km(lat[asks], lon[asks], lat[refs_t], lon[refs_t], 25).diagonal()
        same = [rows[indices[a]]["country"] == rows[indices[int(b)]]["country"] for a, b in zip(asks, refs_t)]
        result |= {"near25": round(100 * ok.float().mean().item(), 1), "queries": len(asks),
                   "near_country": round(100 * float(np.mean(same)), 1)}
    model.train()
    torch.set_num_threads(threads)
    return result


def main():
    a = arguments()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    os.makedirs(a.out, exist_ok=True)
    begun = time.time()
    rows = read_rows(a.data)
    if "POCKET_RANK" not in os.environ:
        pixel_cache(a.data, rows, a.size, a.cache)
    together = Together(a.processes, os.path.join(a.out, "meeting"))
    rank, ranks = together.rank, together.size
    say = print if rank == 0 else lambda *x, **k: None
    pixels = pixel_cache(a.data, rows, a.size, a.cache)
    train = [i for i, r in enumerate(rows) if r["split"] == "train"]
    held = [i for i, r in enumerate(rows) if r["split"] != "train"]
    val_towns = sorted({rows[i]["town_id"] for i in held})
    random.Random(7).shuffle(val_towns)
    watched = set(val_towns[: a.eval_towns])
    val = [i for i in held if rows[i]["town_id"] in watched]
    towns = sorted({rows[i]["town_id"] for i in train})
    if a.keep_few:
        random.Random(5).shuffle(towns)
        towns = sorted(towns[: a.keep_few])
        few = set(towns)
        train = [i for i in train if rows[i]["town_id"] in few]
    countries = sorted({r["country"] for r in rows})
    attributes = attribute_targets(rows)
    town_id = {t: i for i, t in enumerate(towns)}
    country_id = {c: i for i, c in enumerate(countries)}
    town_of = torch.tensor([town_id.get(r["town_id"], -1) for r in rows])
    country_of = torch.tensor([country_id[r["country"]] for r in rows])
    lat = torch.tensor([r["lat"] for r in rows])
    lon = torch.tensor([r["lon"] for r in rows])
    # Numbers for what a caption may state, and what is so of each row: country, region, town.
    levels = [{x: i for i, x in enumerate(sorted({r[key] for r in rows}))} for key in ("country", "region", "town_id")]
    mine = torch.tensor([[level[r[key]] for level, key in zip(levels, ("country", "region", "town_id"))] for r in rows])
    attribute_of = [(name, torch.from_numpy(ids), n) for name, (ids, n) in attributes.items()]
    say(f"{len(train)} scenes of {len(towns)} towns, {len(val)} of {len(watched)} to watch; {len(countries)} countries; "
          f"{len(attributes)} attributes; read in {time.time() - begun:.0f} s", flush=True)

    saved = torch.load(os.path.join(a.out, "last.pt"), weights_only=True) if a.resume else None
    begin = torch.load(a.start, weights_only=True) if a.start and not saved else saved
    if begin:
        merges, config = begin["merges"], begin["config"]
    else:
        by_town = {rows[i]["town_id"]: rows[i] for i in train}
        merges = learn((s for r in by_town.values() for s in captions.all_sentences(r)), a.vocab)
    tokenizer = Tokenizer(merges)
    texts = Texts(tokenizer)
    if not begin:
        config = {"projection_dim": a.dim,
                  "vision": {"hidden_size": a.width, "layers": a.layers, "heads": a.heads, "patch_size": a.patch,
                             "image_size": a.size},
                  "text": {"hidden_size": a.text_width, "layers": a.text_layers, "heads": max(1, a.text_width // 64),
                           "positions": tokenizer.length, "vocab_size": len(tokenizer.vocab)}}
    model = PocketClip(config)
    averaged = PocketClip(config)
    averaged.load_state_dict(model.state_dict())
    if saved and saved["heads"]["attributes.bias"].numel() != sum(n for _, _, n in attribute_of):
        # A checkpoint from before words of more than 64 values were learned.
        attribute_of = [x for x in attribute_of if x[2] <= 64]
    heads = Heads(config["vision"]["hidden_size"], config["projection_dim"], [n for _, _, n in attribute_of], len(countries), len(towns))
    count = sum(p.numel() for p in model.parameters())
    say(f"{count / 1e6:.2f} M parameters, vocabulary {len(tokenizer.vocab)}", flush=True)

    # The text tower learns fast enough with AdamW, and Muon's iteration has its price.
    matrices = [p for b in model.vision for p in b.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in chosen]
    decayed = [p for p in others if p.ndim >= 2] + list(heads.attributes.parameters()) + list(heads.country.parameters())
    groups = [{"params": decayed, "weight_decay": a.decay},
              {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0},
              {"params": [heads.towns], "weight_decay": 0.0, "factor": 3.0}]
    if a.optimizer == "adamw":
        groups.append({"params": matrices, "weight_decay": a.decay})
        optimizers = []
    else:
        optimizers = [Muon(matrices, lr=a.lr, weight_decay=a.decay, together=together)]
    optimizers.append(torch.optim.AdamW(groups, lr=a.lr, betas=(0.9, 0.98), eps=1e-8, fused=True))

    everything = [*model.parameters(), *heads.parameters()]
    step, spent, history = 0, 0.0, []
    if begin and not saved:
        model.load_state_dict(begin["averaged"])
        averaged.load_state_dict(begin["averaged"])
        fitting = {k: v for k, v in begin["heads"].items() if v.shape == heads.state_dict()[k].shape}
        heads.load_state_dict(fitting, strict=False)
        history, step = begin["history"], begin["step"]
    if saved:
        model.load_state_dict(saved["model"])
        averaged.load_state_dict(saved["averaged"])
        heads.load_state_dict(saved["heads"])
        for o, s in zip(optimizers, saved["optimizers"]):
            o.load_state_dict(s)
        step, spent, history = saved["step"], saved["spent"], saved["history"]
    together.share([*model.parameters(), *heads.parameters()])
    torch.manual_seed(a.seed * 1000 + step + rank)
    batches = Batches(rows, train, pixels, a.size, a.countries, a.towns, a.views, a.seed + step, rank, ranks)
    country_captions = {captions.country_caption(c): i for i, c in enumerate(countries)}

    def embed_texts(wanted):
        """Embeddings of all `wanted`, each process making its share."""
        padded = wanted + wanted[:1] * (-len(wanted) % ranks)
        whole = together.gather(model.text_embeds(*texts(padded[rank::ranks])))
        order = torch.arange(len(padded)).view(-1, ranks).T.reshape(-1).argsort()
        return whole[order][: len(wanted)]

    memory = torch.zeros(0, config["projection_dim"])
    memory_row = torch.zeros(0, dtype=torch.long)

    # Minutes of the run that this one began with, so that the curve of both is one curve.
    before = round(begin["spent"] / 60 + begin.get("before", 0.0), 2) if begin and not saved else 0.0
    before = saved.get("before", 0.0) if saved else before
    started, first = time.time() - spent, 0 if saved else step
    budget = a.minutes * 60
    next_eval, sums, seen_images, line_at = spent + a.eval_minutes * 60, {}, 0, time.time()
    cpu_at = time.process_time()

    def save():
        torch.save({"config": config, "merges": merges, "model": model.state_dict(), "averaged": averaged.state_dict(),
                    "heads": heads.state_dict(), "optimizers": [o.state_dict() for o in optimizers], "step": step,
                    "spent": time.time() - started, "before": before, "history": history, "arguments": vars(a), "countries": countries,
                    "data": {"scenes": len(train), "towns": len(towns), "countries": len(countries)}},
                   os.path.join(a.out, "last.pt.part"))
        os.replace(os.path.join(a.out, "last.pt.part"), os.path.join(a.out, "last.pt"))

    def watch(final=False):
        entry = {"minutes": round(before + (time.time() - started) / 60, 2), "step": step,
                 "losses": {k: round(v / max(1, sums["n"]), 4) for k, v in sums.items() if k != "n"} if sums else {}}
        entry["ema"] = evaluate(averaged, texts, rows, pixels, val, countries)
        if final:
            entry["raw"] = evaluate(model, texts, rows, pixels, val, countries)
            some = [i for i in train if town_of[i] % max(1, len(towns) // 100) == 0]
            entry["train"] = evaluate(averaged, texts, rows, pixels, some, countries)
        history.append(entry)
        with open(os.path.join(a.out, "log.jsonl"), "a", encoding="utf-8") as f:
            f.write(json.dumps(entry) + "\n")
        print(json.dumps(entry), flush=True)

    while True:
        (part,) = together.same((time.time() - started) / budget)
        if part >= 1:
            break
        rate = min(1.0, (step - first + 1) / a.warmup_steps) * (0.5 + 0.5 * math.cos(math.pi * part))
        for o in optimizers:
            for g in o.param_groups:
                g["lr"] = a.lr * rate * g.get("factor", 1.0)
        picked, u8 = batches.next()
        index = torch.from_numpy(picked)
        b = len(index)
        own_share = slice(rank * len(u8), (rank + 1) * len(u8))
        local = index[own_share]
        patches = model.patches(torch.from_numpy(u8))
        kept = None
        if a.drop > 0 and part < a.drop_until:
            keep = round(patches.shape[1] * (1 - a.drop))
            kept = torch.rand(len(u8), patches.shape[1]).argsort(1)[:, :keep]
            patches = patches.gather(1, kept[..., None].expand(-1, -1, patches.shape[2]))
        gain = 1 + 0.15 * (2 * torch.rand(len(u8), 1) - 1) + 0.04 * (2 * torch.rand(len(u8), 3) - 1)
        shift = 12 * (2 * torch.rand(len(u8), 1) - 1) + torch.zeros(1, 3)
        features = model.image_features(floats(model, patches, gain, shift), kept)
        z_local = model.image_embeds(features)
        z = together.gather(z_local)

        place = {}
        own = torch.tensor([place.setdefault(captions.draw(rows[i], rng), len(place)) for i in picked])
        facts = torch.tensor([[-1 if f is None else level[f] for f, level in zip(fact, levels)] for _, fact in place])
        true = ((facts[None] == -1) | (facts[None] == mine[index][:, None])).all(2)
        country_texts = embed_texts(list(country_captions))
        others = {}
        at = torch.tensor([country_captions[t] if t in country_captions
                           else len(countries) + others.setdefault(t, len(others)) for t, _ in place])
        t = (torch.cat([country_texts, embed_texts(list(others))]) if others else country_texts)[at]
        scale = model.logit_scale.clamp(max=math.log(100)).exp()
        parts = {"clip": a.w_clip * contrastive(z, t, own, true, scale)}
        if a.w_zero:
            parts["zero"] = a.w_zero * F.cross_entropy(scale * z @ country_texts.T, country_of[index])
        if a.w_town:
            near = within_km(lat[index], lon[index], lat[index], lon[index], 25)
            kw = {}
            if a.memory and part > 0.1 and len(memory):
                kw = {"memory": memory, "memory_town": town_of[memory_row],
                      "memory_near": (index[:, None] == memory_row[None])
                      | within_km(lat[index], lon[index], lat[memory_row], lon[memory_row], 25)}
            parts["town"] = a.w_town * same_town(z, town_of[index], near, a.town_scale, **kw)
        # The losses above are over the whole batch in each process; those below over its share, so they are averaged.
        if a.w_proxy:
            cosines = z_local @ F.normalize(heads.towns, dim=-1).T
            parts["proxy"] = a.w_proxy / ranks * F.cross_entropy(a.town_scale * cosines, town_of[local])
        if a.w_country:
            parts["country"] = a.w_country / ranks * F.cross_entropy(heads.country(features), country_of[local])
        if a.w_attr and attribute_of:
            said = heads.attributes(features).split(heads.sizes, 1)
            each = [F.cross_entropy(s, ids[local]) for s, (_, ids, _) in zip(said, attribute_of)
                    if (ids[local] >= 0).any()]
            parts["attr"] = a.w_attr / ranks * torch.stack(each).mean()
        loss = sum(parts.values())
        loss.backward()
        model.logit_scale.grad /= ranks
        together.add_up([p.grad for p in everything if p.grad is not None])
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        for o in optimizers:
            o.step()
            o.zero_grad(set_to_none=True)
        step += 1
        seen_images += b
        if a.memory:
            memory = torch.cat([z.detach(), memory])[: a.memory]
            memory_row = torch.cat([index, memory_row])[: a.memory]
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
            decay = min(a.ema, (1 + step) / (10 + step))
            torch._foreach_lerp_(list(averaged.parameters()), list(model.parameters()), 1 - decay)
        sums["n"] = sums.get("n", 0) + 1
        for k, v in parts.items():
            sums[k] = sums.get(k, 0.0) + v.item()
        now = time.time()
        if now - line_at > 20:
            line = " ".join(f"{k} {v / sums['n']:.3f}" for k, v in sums.items() if k != "n")
            say(f"{(now - started) / 60:6.2f} min step {step} {seen_images / (now - line_at):.0f} images/s, "
                  f"{seen_images / (time.process_time() - cpu_at):.0f} per processor second, scale {model.logit_scale.exp().item():.1f} {line}", flush=True)
            sums, seen_images, line_at, cpu_at = {}, 0, now, time.process_time()
        if rank == 0 and now - started > next_eval and part < 0.97:
            save()
            watch()
            next_eval = time.time() - started + a.eval_minutes * 60
            line_at, seen_images, sums, cpu_at = time.time(), 0, {}, time.process_time()
    if rank == 0:
        watch(final=True)
        save()
    together.close()


if __name__ == "__main__":
    main()
