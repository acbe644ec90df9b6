"""Toy scenes for trying the trainer without the renderer: blocks whose colours follow country and town."""

import csv
import os
import sys

import numpy as np
from PIL import Image


def main(folder, countries=20, towns=8, views=12, seed=0):
    rng = np.random.default_rng(seed)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "scenes.csv"), "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f)
        out.writerow(["file", "town_id", "town", "region", "country", "iso2", "lat", "lon", "attr_side", "attr_line"])
        for c in range(countries):
            sky, side, line = rng.integers(0, 255, 3), c % 2, c % 5
            for t in range(towns):
                wall, roof = rng.integers(0, 255, 3), rng.integers(0, 255, 3)
                for v in range(views):
                    a = np.empty((240, 320, 3))
                    a[:120], a[120:] = sky, 90
                    x = rng.integers(0, 240)
                    a[60:160, x : x + 80], a[40:60, x : x + 80] = wall, roof
                    a[180:200, 20 + 180 * side : 120 + 180 * side] = [line * 50, 250, 255 - line * 50]
                    a = a * rng.uniform(0.7, 1.1) + rng.normal(0, 12, a.shape)
                    name = f"{c}-{t}-{v}.jpg"
                    Image.fromarray(a.clip(0, 255).astype(np.uint8)).save(os.path.join(folder, name), quality=80)
                    out.writerow([name, f"{c}-{t}", f"Town{c}x{t}", f"Region {t % 3}", f"Land {c}", f"L{c}",
                                  c * 3 - 30, t * 4, ["right", "left"][side], line])


if __name__ == "__main__":
    main(sys.argv[1])
