"""Rendered scenes as the trainer wants them: a table of rows, pixels decoded once, batches of related towns."""

import csv
import glob
import hashlib
import json
import multiprocessing
import os
import queue
import random
import threading

import numpy as np
from PIL import Image

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def read_rows(folder):
    """Rows of every CSV or JSONL in `folder` with at least file, town, country, lat and lon."""
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "*.csv")) + glob.glob(os.path.join(folder, "*.jsonl"))):
        with open(path, encoding="utf-8", newline="") as f:
            found = list(csv.DictReader(f)) if path.endswith(".csv") else [json.loads(x) for x in f if x.strip()]
        if found and {"file", "town", "country", "lat", "lon"} <= set(found[0]):
            rows.extend(found)
    if not rows:
        raise SystemExit(f"no table with the columns file, town, country, lat, lon in {folder}")
    for row in rows:
        row["lat"], row["lon"] = float(row["lat"]), float(row["lon"])
        row["region"] = row.get("region") or ""
        row["town_id"] = str(row.get("town_id") or f"{row['country']}/{row['region']}/{row['town']}")
        row["split"] = row.get("split") or ("val" if digest(row["town_id"]) % 20 == 0 else "train")
    return rows


def digest(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def attribute_targets(rows, most=200):
    """{name: (int64 [rows] with -100 where unknown, classes)} of the attr_ columns.

    Columns of numbers with more than 64 values are cut into 12 ranks; words with more than `most` are left out.
    """
    targets = {}
    for name in sorted({k for row in rows[:2000] for k in row if k.startswith("attr_")}):
        values = ["" if row.get(name) is None else str(row[name]) for row in rows]
        distinct = sorted({v for v in values if v != ""})
        numbers = numeric(values) if len(distinct) > 64 else None
        if numbers is not None:
            edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, 13)[1:-1]))
            ids = np.where(np.isnan(numbers), -100, np.searchsorted(edges, numbers))
            targets[name] = (ids.astype(np.int64), len(edges) + 1)
        elif 1 < len(distinct) <= most:
            index = {v: i for i, v in enumerate(distinct)}
            targets[name] = (np.array([index.get(v, -100) for v in values]), len(distinct))
    return targets


def numeric(values):
    """The values as floats, nan where empty; None if they are words."""
    try:
        return np.array([float(v) if v != "" else np.nan for v in values])
    except ValueError:
        return None


def preprocessed(path, size):
    """The shortest side at `size` as inference has it (Pillow BICUBIC, the other side truncated), not yet cropped."""
    image = Image.open(path).convert("RGB")
    w, h = image.size
    scale_to = (size, int(size * h / w)) if w <= h else (int(size * w / h), size)
    return np.asarray(image.resize(scale_to, Image.BICUBIC))


def to_width(pixels, size, width):
    """Centre-cropped, or its edge repeated, to [size, width, 3]; a tall picture loses its top and bottom."""
    h, w, _ = pixels.shape
    top = (h - size) // 2
    pixels = pixels[top : top + size]
    if w >= width:
        left = (w - width) // 2
        return pixels[:, left : left + width]
    left = (width - w) // 2
    return np.pad(pixels, ((0, 0), (left, width - w - left), (0, 0)), mode="edge")


def _decode(job):
    path, size, width = job
    return to_width(preprocessed(path, size), size, width)


def pixel_cache(folder, rows, size, cache=None, processes=2):
    """A uint8 memmap [rows, size, width, 3] of all pictures, made once and kept beside the data."""
    first = preprocessed(os.path.join(folder, rows[0]["file"]), size)
    width = max(size, first.shape[1])
    name = hashlib.sha256("\n".join(r["file"] for r in rows).encode()).hexdigest()[:12]
    path = os.path.join(cache or folder, f"pixels-{size}-{name}.u8")
    shape = (len(rows), size, width, 3)
    if not os.path.exists(path):
        out = np.memmap(path + ".part", np.uint8, "w+", shape=shape)
        jobs = ((os.path.join(folder, r["file"]), size, width) for r in rows)
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            for i, pixels in enumerate(pool.imap(_decode, jobs, chunksize=64)):
                out[i] = pixels
                if i % 5000 == 4999:
                    print(f"decoded {i + 1} of {len(rows)}", flush=True)
        out.flush()
        del out
        os.replace(path + ".part", path)
    return np.memmap(path, np.uint8, "r", shape=shape)


class Batches:
    """Endless batches of `countries` x `towns` x `views` pictures, augmented, made by a background thread.

    Several towns of one country and several views of one town in a batch are what makes neighbours learnable: the hard
    negatives of a town are its compatriots. Pictures are never mirrored: the side of driving is a fact.
    """

    def __init__(self, rows, indices, pixels, size, countries, towns, views, seed, rank=0, ranks=1, scale_share=0.2):
        self.rows, self.pixels, self.size = rows, pixels, size
        self.shape, self.scale_share = (countries, towns, views), scale_share
        # The draw is the same in all processes, the augmentation of one's own share is not.
        self.rank, self.ranks = rank, ranks
        self.rng, self.view_rng = random.Random(seed), random.Random(seed * 1000 + rank)
        by_country = {}
        for i in indices:
            by_country.setdefault(rows[i]["country"], {}).setdefault(rows[i]["town_id"], []).append(i)
        self.tree = {c: list(t.values()) for c, t in sorted(by_country.items())}
        self.names = list(self.tree)
        self.weights = np.array([len(self.tree[c]) ** 0.7 for c in self.names])
        self.decks = {c: [] for c in self.names}
        self.numpy_rng = np.random.default_rng(seed)
        self.queue = queue.Queue(3)
        threading.Thread(target=self._fill, daemon=True).start()

    def _draw(self):
        countries, towns, views = self.shape
        picked = []
        p = self.weights / self.weights.sum()
        chosen = self.numpy_rng.choice(len(self.names), min(countries, len(self.names)), replace=False, p=p)
        for c in chosen:
            name = self.names[c]
            deck = self.decks[name]
            if len(deck) < towns:
                fresh = list(range(len(self.tree[name])))
                self.rng.shuffle(fresh)
                deck[:0] = [t for t in fresh if t not in deck]
            for _ in range(min(towns, len(deck))):
                views_of = self.tree[name][deck.pop()]
                picked += self.rng.sample(views_of, min(views, len(views_of)))
        return picked

    def _view(self, i):
        rng, s = self.view_rng, self.size
        source = self.pixels[i]
        spare = source.shape[1] - s
        centre = spare / 2 + rng.uniform(-0.45, 0.45) * spare
        if rng.random() < self.scale_share:
            side = s * rng.uniform(0.85, 1.0)
            x = min(max(centre + (s - side) / 2, 0), source.shape[1] - side)
            y = rng.uniform(0, s - side)
            image = Image.fromarray(source)
            return np.asarray(image.resize((s, s), Image.BILINEAR, box=(x, y, x + side, y + side)))
        x, dy = int(centre), rng.randint(-5, 5)
        out = np.empty((s, s, 3), np.uint8)
        cut = source[:, x : x + s]
        if dy >= 0:
            out[: s - dy], out[s - dy :] = cut[dy:], cut[-1]
        else:
            out[-dy:], out[:-dy] = cut[:dy], cut[0]
        return out

    def _fill(self):
        while True:
            picked = self._draw()
            picked = picked[: len(picked) // self.ranks * self.ranks]
            whole = np.array([i for r in range(self.ranks) for i in picked[r :: self.ranks]])
            self.queue.put((whole, np.stack([self._view(i) for i in picked[self.rank :: self.ranks]])))

    def next(self):
        """The rows of the whole batch, process by process, and the pixels of one's own share."""
        return self.queue.get()


def centre(pixels, size):
    left = (pixels.shape[2] - size) // 2
    return pixels[:, :, left : left + size]
