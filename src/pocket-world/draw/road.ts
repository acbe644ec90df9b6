import type { Kerb } from '../country-fact-types.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import type { Canvas } from './canvas.js';
import { outline } from './canvas.js';
import { css, mix } from './colour.js';
import { faded, type Light } from './light.js';
import { streetOf } from './street.js';
import type { View } from './view.js';

const FAR_M = 140;

const KERB_PAINT: Readonly<Record<Kerb, readonly [string, string]>> = {
  'black-white': ['#1c1d20', '#f4f4f0'],
  'red-white': ['#cf1f2b', '#f4f4f0'],
  yellow: ['#f0b90c', '#f0b90c'],
  'black-yellow': ['#1c1d20', '#f5c400'],
  'yellow-white': ['#f5c400', '#f4f4f0'],
};

/** Ground, pavements, carriageway, kerbs and the painted lines. */
export function drawRoad(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const { hand } = scene;
  const street = streetOf(hand);
  const near = view.nearM;
  const strip = (from: number, to: number, z1 = near, z2 = FAR_M) =>
    outline([view.at(from, 0, z1), view.at(from, 0, z2), view.at(to, 0, z2), view.at(to, 0, z1)]);
  const wet = scene.weather === 'rain' ? 0.75 : 1;
  const level = (light.bright + light.dim) / 2;

  const earth = groundColour(scene);
  canvas.fade(
    'ground',
    0,
    view.horizonY,
    canvas.width,
    canvas.height - view.horizonY,
    faded(earth, light, 60),
    mix('#000000', earth, 0.95 * level),
  );
  const pavement = scene.snow ? '#dfe6ee' : css({ ...hand.pavement, l: hand.pavement.l * level * wet });
  canvas.path(strip(street.ownKerb, street.ownWall) + strip(street.oppositeKerb, street.oppositeWall), pavement);
  drawSlabs(canvas, scene, view, pavement);
  const warm = hand.asphaltWarmth;
  const asphalt = css({ h: warm > 0 ? 25 : 220, s: Math.abs(warm) * 0.16, l: hand.asphaltLightness * level * wet });
  canvas.path(strip(street.oppositeKerb, street.ownKerb), asphalt);
  for (let i = 0; i < 3; i++) {
    const x = random.range(street.oppositeKerb + 0.5, street.ownKerb - 1.2);
    const z = random.range(near, 14);
    canvas.path(
      strip(x, x + random.range(0.5, 1.4), z, z + random.range(0.8, 4)),
      random.chance(0.5) ? '#000000' : '#ffffff',
      0.08,
    );
  }
  drawKerbs(canvas, scene, view, street.ownKerb, street.oppositeKerb);
  drawLines(canvas, scene, view, level, random);
}

function groundColour(scene: Scene): string {
  if (scene.snow) return '#e4eaf1';
  const { warmth, wetness } = scene.hand.setting;
  const sand = css({ h: 34, s: 0.42, l: 0.62 });
  const red = css({ h: 18, s: 0.5, l: 0.46 });
  const grass = css({ h: 92 + 20 * wetness, s: 0.38, l: 0.4 });
  const bare = warmth > 0.75 && wetness > 0.3 ? red : sand;
  return mix(bare, grass, Math.min(1, wetness * 1.15));
}

function drawSlabs(canvas: Canvas, scene: Scene, view: View, pavement: string): void {
  const street = streetOf(scene.hand);
  const joints: [number, number][][] = [];
  for (let z = 3; z < 24; z += z < 10 ? 1.2 : 2.4)
    for (const [from, to] of [
      [street.ownKerb, street.ownWall],
      [street.oppositeKerb, street.oppositeWall],
    ] as const)
      joints.push([[...view.at(from, 0, z)], [...view.at(to, 0, z)]]);
  canvas.strokes(joints, mix(pavement, '#000000', 0.22), 0.8);
}

function drawKerbs(canvas: Canvas, scene: Scene, view: View, own: number, opposite: number): void {
  const near = view.nearM;
  const paint = scene.facts.kerb === null ? (['#b9b9b4', '#b9b9b4'] as const) : KERB_PAINT[scene.facts.kerb];
  const width = scene.facts.kerb === null ? 0.18 : 0.42;
  const paths: [string, string] = ['', ''];
  let step = 0;
  for (let z = near; z < 60; step++) {
    const length = z < 20 ? 1.5 : 5;
    for (const [from, to] of [
      [own, own + width],
      [opposite, opposite - width],
    ] as const)
      paths[step % 2 === 0 ? 0 : 1] += outline([
        view.at(from, 0.05, z),
        view.at(from, 0.05, z + length),
        view.at(to, 0.05, z + length),
        view.at(to, 0.05, z),
      ]);
    z += length;
  }
  canvas.path(paths[0], paint[0]);
  canvas.path(paths[1], paint[1]);
}

function drawLines(canvas: Canvas, scene: Scene, view: View, level: number, random: Random): void {
  const { facts, hand } = scene;
  const street = streetOf(hand);
  const near = view.nearM;
  const white = mix('#000000', '#ffffff', Math.min(0.98, 0.9 * level));
  const yellow = mix('#000000', '#ffc400', Math.min(1, 0.97 * level));
  const wear = random.range(0.8, 1);
  const line = (x: number, width: number, from: number, to: number) =>
    outline([
      view.at(x - width / 2, 0, from),
      view.at(x - width / 2, 0, to),
      view.at(x + width / 2, 0, to),
      view.at(x + width / 2, 0, from),
    ]);
  const dashes = (x: number, width: number, on: number, off: number, start: number) => {
    let d = '';
    for (let z = start; z < 90; z += on + off) if (z + on > near) d += line(x, width, Math.max(near, z), z + on);
    return d;
  };
  const phase = random.range(-2, 2);
  if (facts.centreLine === 'yellow-double')
    canvas.path(line(street.centre - 0.2, 0.2, near, 120) + line(street.centre + 0.2, 0.2, near, 120), yellow, wear);
  else if (facts.centreLine !== null)
    canvas.path(dashes(street.centre, 0.27, 3, 2.4, phase), facts.centreLine === 'yellow' ? yellow : white, wear);
  if (facts.edgeLine === null) return;
  const colour = facts.edgeLine.startsWith('yellow') ? yellow : white;
  for (const x of [street.ownKerb - 0.42, street.oppositeKerb + 0.42])
    canvas.path(
      facts.edgeLine.endsWith('dashed') ? dashes(x, 0.24, 1.2, 1.2, phase) : line(x, 0.24, near, 110),
      colour,
      wear,
    );
}
