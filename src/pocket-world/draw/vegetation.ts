import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import type { Canvas, Point } from './canvas.js';
import { css } from './colour.js';
import { faded, type Light } from './light.js';
import { streetOf } from './street.js';
import type { View } from './view.js';

/** Street trees of the climate, far ones first, and people. */
export function drawTreesAndPeople(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const street = streetOf(scene.hand);
  for (const tree of [...scene.trees].sort((a, b) => b.z - a.z)) {
    const x = tree.side === 'own' ? street.ownKerb + 2.1 : street.oppositeKerb - 1.7;
    drawTree(canvas, scene, view, light, x, tree.z, tree.size, random);
  }
  for (const { x, z, coat } of scene.people) drawPerson(canvas, view, x, z, faded(coat, light, z));
}

function drawTree(
  canvas: Canvas,
  scene: Scene,
  view: View,
  light: Light,
  x: number,
  z: number,
  size: number,
  random: Random,
): void {
  const { setting, treeRoundness } = scene.hand;
  const unit = view.scale(z) * size;
  const [px, ground] = view.at(x, 0, z);
  const { warmth, wetness } = setting;
  const trunk = faded('#5d4632', light, z);
  if (warmth > 0.66 && (wetness > 0.55 || random.chance(0.4))) {
    drawPalm(canvas, px, ground, unit, trunk, faded(css({ h: 110, s: 0.42, l: 0.3 * light.bright }), light, z));
    return;
  }
  if (warmth < 0.24 && random.chance(0.6)) {
    const spruce = faded(scene.snow ? '#8fa79a' : css({ h: 140, s: 0.3, l: 0.24 * light.bright }), light, z);
    canvas.rect(px - 0.12 * unit, ground - 1.2 * unit, 0.24 * unit, 1.2 * unit, trunk);
    for (const [low, wide] of [
      [0.9, 1.3],
      [2.2, 1.05],
      [3.5, 0.75],
    ] as const)
      canvas.polygon(
        [
          [px - wide * unit, ground - low * unit],
          [px, ground - (low + 2.1) * unit],
          [px + wide * unit, ground - low * unit],
        ],
        spruce,
      );
    return;
  }
  if (wetness < 0.22) {
    const dry = faded(css({ h: 72, s: 0.28, l: 0.4 * light.bright }), light, z);
    canvas.rect(px - 0.1 * unit, ground - 2.6 * unit, 0.2 * unit, 2.6 * unit, trunk);
    canvas.ellipse(px, ground - 2.9 * unit, 1.7 * unit, 0.55 * unit, dry);
    return;
  }
  canvas.polygon(
    [
      [px - 0.2 * unit, ground],
      [px - 0.1 * unit, ground - 2.8 * unit],
      [px + 0.1 * unit, ground - 2.8 * unit],
      [px + 0.2 * unit, ground],
    ],
    trunk,
  );
  if (scene.leaves < 0.5) {
    const twigs: Point[][] = [];
    for (let i = -3; i <= 3; i++)
      twigs.push([
        [px, ground - (2 + 0.1 * Math.abs(i)) * unit],
        [px + i * 0.42 * unit, ground - (4.6 - 0.25 * Math.abs(i)) * unit],
      ]);
    canvas.strokes(twigs, trunk, Math.max(0.6, 0.09 * unit));
    return;
  }
  const hue = 105 - 62 * scene.autumn;
  const leaf = faded(
    css({ h: hue, s: 0.36 + 0.25 * scene.autumn, l: (0.3 + 0.12 * scene.autumn) * light.bright }),
    light,
    z,
  );
  const bright = faded(
    css({ h: hue - 8, s: 0.4 + 0.25 * scene.autumn, l: (0.38 + 0.14 * scene.autumn) * light.bright }),
    light,
    z,
  );
  const tall = Math.min(1.35, treeRoundness);
  canvas.ellipse(px, ground - 3.9 * unit, 1.35 * unit, 1.5 * unit * tall, leaf);
  const sun = scene.shadowSide === 'right' ? -1 : 1;
  canvas.ellipse(px + sun * 0.4 * unit, ground - 4.3 * unit, 0.85 * unit, 0.95 * unit * tall, bright);
}

function drawPalm(canvas: Canvas, x: number, ground: number, unit: number, trunk: string, leaf: string): void {
  const top = ground - 5 * unit;
  canvas.strokes(
    [
      [
        [x, ground],
        [x + 0.15 * unit, ground - 2.5 * unit],
        [x, top],
      ],
    ],
    trunk,
    Math.max(1, 0.26 * unit),
  );
  const fronds: Point[][] = [];
  for (const [dx, dy] of [
    [-1.6, 0.5],
    [-1.3, -0.3],
    [-0.6, -0.9],
    [0.6, -0.9],
    [1.3, -0.3],
    [1.6, 0.5],
  ] as const)
    fronds.push([
      [x, top],
      [x + dx * 0.6 * unit, top + (dy - 0.5) * unit * 0.8],
      [x + dx * unit, top + dy * unit],
    ]);
  canvas.strokes(fronds, leaf, Math.max(1.2, 0.32 * unit));
}

function drawPerson(canvas: Canvas, view: View, x: number, z: number, coat: string): void {
  const unit = view.scale(z);
  const [px, ground] = view.at(x, 0, z);
  canvas.rect(px - 0.17 * unit, ground - 0.85 * unit, 0.34 * unit, 0.85 * unit, '#2a2d33');
  canvas.rect(px - 0.26 * unit, ground - 1.5 * unit, 0.52 * unit, 0.75 * unit, coat, 0.12 * unit);
  canvas.ellipse(px, ground - 1.66 * unit, 0.15 * unit, 0.18 * unit, '#b98a68');
}
