import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import type { Canvas, Point } from './canvas.js';
import { box } from './canvas.js';
import { css, lit } from './colour.js';
import { faded, type Light } from './light.js';
import type { View } from './view.js';

/** Roofs of the town beyond the street's end, then its landmark in front of them. */
export function drawSkyline(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const { skyline } = scene.hand;
  const z = 95;
  const scale = view.scale(z);
  const colour = faded(css(lit(skyline.colour, light.dim)), light, 75);
  let roofs = '';
  for (let x = -20; x < canvas.width + 20; ) {
    const width = random.range(7, 17);
    const height = scale * skyline.heightM * (1 + skyline.spread * random.range(-0.7, 0.9));
    roofs += box(x, view.horizonY - height, width, height + 3);
    if (random.next() < skyline.peaked) {
      const top = view.horizonY - height;
      roofs += `M${x.toFixed(1)} ${top.toFixed(1)}l${(width / 2).toFixed(1)} ${(-width * 0.45).toFixed(1)}l${(width / 2).toFixed(1)} ${(width * 0.45).toFixed(1)}Z`;
    }
    x += width + (random.chance(0.3) ? random.range(1, 8) : 0);
  }
  canvas.path(roofs, colour);
  if (scene.shown.landmark) drawLandmark(canvas, scene, view, light);
}

function drawLandmark(canvas: Canvas, scene: Scene, view: View, light: Light): void {
  const { landmark } = scene.hand;
  const z = 54;
  const unit = view.scale(z);
  const h = landmark.heightM * unit;
  const w = h * landmark.girth;
  const [x] = view.at(landmark.offsetM, 0, z);
  const base = view.horizonY + 3;
  const body = faded(css(lit(landmark.colour, light.bright)), light, 28);
  const dark = faded(css(lit(landmark.colour, light.dim * 0.85)), light, 28);
  const accent = faded(css(lit(landmark.accent, light.bright)), light, 22);
  const shadowLeft = scene.shadowSide === 'left';
  const block = (cx: number, top: number, width: number, bottom = base) => {
    canvas.rect(cx - width / 2, top, width, bottom - top, body);
    canvas.rect(shadowLeft ? cx - width / 2 : cx, top, width / 2, bottom - top, dark);
  };
  const cone = (cx: number, bottom: number, width: number, height: number) =>
    canvas.polygon(
      [
        [cx - width / 2, bottom],
        [cx, bottom - height],
        [cx + width / 2, bottom],
      ],
      accent,
    );
  const half = (cx: number, bottom: number, rx: number, ry: number) =>
    canvas.path(
      `M${(cx - rx).toFixed(1)} ${bottom.toFixed(1)}a${rx.toFixed(1)} ${ry.toFixed(1)} 0 0 1 ${(2 * rx).toFixed(1)} 0Z`,
      accent,
    );
  const bands = (cx: number, width: number, top: number, bottom: number) => {
    for (let i = 1; i <= landmark.tiers; i++)
      canvas.rect(
        cx - width / 2,
        top + ((bottom - top) * i) / (landmark.tiers + 1),
        width,
        Math.max(1.5, h * 0.035),
        accent,
      );
  };
  switch (landmark.kind) {
    case 'spire':
      block(x, base - h * 0.55, w * 0.2);
      block(x + w * 0.22, base - h * 0.3, w * 0.36);
      cone(x, base - h * 0.55, w * 0.24, h * 0.5);
      break;
    case 'twin-towers':
      for (const side of [-1, 1]) {
        block(x + side * w * 0.2, base - h * 0.68, w * 0.16);
        cone(x + side * w * 0.2, base - h * 0.68, w * 0.18, h * 0.27);
      }
      block(x, base - h * 0.4, w * 0.3);
      break;
    case 'dome':
      block(x, base - h * 0.36, w * 0.66);
      half(x, base - h * 0.36, w * 0.27, h * 0.4);
      canvas.rect(x - 1, base - h * 0.92, 2, h * 0.2, accent);
      break;
    case 'minarets':
      for (const side of [-1, 1]) {
        block(x + side * w * 0.33, base - h * 0.82, w * 0.07);
        cone(x + side * w * 0.33, base - h * 0.82, w * 0.1, h * 0.18);
      }
      block(x, base - h * 0.3, w * 0.5);
      half(x, base - h * 0.3, w * 0.22, h * 0.27);
      break;
    case 'chimney':
      for (const side of landmark.tiers > 2 ? [-1, 0, 1] : [-0.6, 0.6]) {
        block(x + side * w * 0.2, base - h * (0.95 - 0.1 * Math.abs(side)), w * 0.09);
        bands(x + side * w * 0.2, w * 0.09, base - h * 0.95, base - h * 0.5);
      }
      break;
    case 'water-tower':
      canvas.polygon(
        [
          [x - w * 0.08, base],
          [x - w * 0.05, base - h * 0.6],
          [x + w * 0.05, base - h * 0.6],
          [x + w * 0.08, base],
        ],
        dark,
      );
      canvas.ellipse(x, base - h * 0.66, w * 0.26, h * 0.18, body);
      half(x, base - h * 0.66, w * 0.26, h * 0.19);
      break;
    case 'clock-tower':
      block(x, base - h * 0.8, w * 0.22);
      canvas.ellipse(x, base - h * 0.66, w * 0.085, w * 0.085, '#fbfbf5');
      canvas.rect(x - w * 0.14, base - h * 0.82, w * 0.28, h * 0.05, accent);
      cone(x, base - h * 0.82, w * 0.2, h * 0.18);
      break;
    case 'tv-tower':
      canvas.polygon(
        [
          [x - w * 0.09, base],
          [x - w * 0.02, base - h * 0.66],
          [x + w * 0.02, base - h * 0.66],
          [x + w * 0.09, base],
        ],
        body,
      );
      canvas.ellipse(x, base - h * 0.68, w * 0.13, h * 0.07, accent);
      canvas.rect(x - 1, base - h * 1.08, 2.2, h * 0.4, accent);
      break;
    case 'high-rise':
      block(x, base - h, w * 0.3);
      bands(x, w * 0.3, base - h, base);
      block(x + w * 0.28, base - h * 0.66, w * 0.22);
      break;
    case 'castle':
      block(x, base - h * 0.45, w * 0.7);
      for (const side of [-1, 0, 1]) {
        block(x + side * w * 0.33, base - h * (side === 0 ? 0.78 : 0.6), w * 0.18);
        cone(x + side * w * 0.33, base - h * (side === 0 ? 0.78 : 0.6), w * 0.24, h * 0.17);
      }
      break;
    case 'obelisk':
      canvas.polygon(
        [
          [x - w * 0.1, base],
          [x - w * 0.055, base - h * 0.92],
          [x, base - h],
          [x + w * 0.055, base - h * 0.92],
          [x + w * 0.1, base],
        ],
        body,
      );
      canvas.rect(x - w * 0.22, base - h * 0.14, w * 0.44, h * 0.14, accent);
      break;
    case 'pagoda':
      for (let i = 0; i < 2 + landmark.tiers; i++) {
        const tall = h / (2.4 + landmark.tiers);
        const wide = w * (0.5 - i * 0.07);
        block(x, base - tall * (i + 1), wide * 0.6, base - tall * i);
        canvas.polygon(
          [
            [x - wide / 2, base - tall * (i + 1)],
            [x - wide * 0.3, base - tall * (i + 1.35)],
            [x + wide * 0.3, base - tall * (i + 1.35)],
            [x + wide / 2, base - tall * (i + 1)],
          ],
          accent,
        );
      }
      break;
    case 'arch':
      block(x - w * 0.25, base - h * 0.7, w * 0.17);
      block(x + w * 0.25, base - h * 0.7, w * 0.17);
      canvas.rect(x - w * 0.38, base - h * 0.86, w * 0.76, h * 0.2, accent);
      break;
    case 'wheel':
      drawWheel(canvas, [x, base - h * 0.5], h * 0.46, body, accent, base);
      break;
  }
}

function drawWheel(canvas: Canvas, [x, y]: Point, radius: number, rim: string, spokes: string, base: number): void {
  const ring: Point[] = Array.from({ length: 17 }, (_, i) => [
    x + radius * Math.cos((i * Math.PI) / 8),
    y + radius * Math.sin((i * Math.PI) / 8),
  ]);
  canvas.strokes(
    [
      [
        [x - radius * 0.6, base],
        [x, y],
        [x + radius * 0.6, base],
      ],
    ],
    rim,
    2.4,
  );
  canvas.strokes(
    ring.slice(0, 8).map((point, i) => [point, ring[i + 8] ?? point]),
    spokes,
    1,
  );
  canvas.strokes([ring], rim, 2.8);
}
