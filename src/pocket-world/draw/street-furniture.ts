import type { PostBox } from '../country-fact-types.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import type { Banner } from '../town-hand.js';
import { type Canvas, outline, type Point } from './canvas.js';
import { css, lit } from './colour.js';
import { faded, type Light } from './light.js';
import { streetOf } from './street.js';
import type { View } from './view.js';

const BOX_PAINT: Readonly<Record<PostBox, string>> = {
  red: '#cf1620',
  yellow: '#fbc707',
  blue: '#1b4fb0',
  green: '#0d7a45',
  orange: '#f26f14',
  white: '#f3f3ee',
};

/** Utility poles with their wires and the town's lamps with banners, far ones first. */
export function drawPolesAndLamps(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const start = random.range(0, 3);
  if (scene.shown.poles) drawPoles(canvas, scene, view, light, 9.5 + start);
  if (scene.shown.lamps) for (const z of [38 + start, 24 + start, 10 + start]) drawLamp(canvas, scene, view, light, z);
}

/** Bollards, post box and traffic light at the own kerb. */
export function drawKerbside(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const street = streetOf(scene.hand);
  if (scene.shown.trafficLight) drawTrafficLight(canvas, scene, view, random.range(12, 15));
  if (scene.shown.postBox) drawPostBox(canvas, scene, view, light, random.range(5.2, 6.4));
  if (scene.shown.bollards) {
    const z = random.range(4.1, 4.7);
    for (const depth of [z + 12, z + 8, z + 4, z]) {
      drawBollard(canvas, scene, view, street.ownKerb + 0.3, depth);
      drawBollard(canvas, scene, view, street.oppositeKerb - 0.3, depth);
    }
  }
}

function drawPoles(canvas: Canvas, scene: Scene, view: View, light: Light, first: number): void {
  const street = streetOf(scene.hand);
  const kind = scene.facts.pole;
  const x = street.ownKerb + 1.5;
  const wires: Point[][] = [[], [], []];
  for (const z of [first + 34, first + 17, first]) {
    const unit = view.scale(z);
    const [px, ground] = view.at(x, 0, z);
    const top = ground - 8.4 * unit;
    const width = Math.max(1.5, 0.36 * unit);
    const colour = faded(
      kind === 'wood' ? '#6b4a2e' : kind === 'steel' ? '#6f7d86' : kind === null ? '#9b9b98' : '#bdbab2',
      light,
      z,
    );
    const dark = faded('#54524d', light, z);
    if (kind === 'steel')
      canvas.strokes(
        [
          [
            [px - width, ground],
            [px - width * 0.2, top],
          ],
          [
            [px + width, ground],
            [px + width * 0.2, top],
          ],
          [
            [px - width, ground],
            [px + width * 0.6, ground - 3 * unit],
            [px - width * 0.5, ground - 5 * unit],
            [px, top],
          ],
        ],
        colour,
        Math.max(0.9, width * 0.3),
      );
    else
      canvas.polygon(
        [
          [px - width / 2, ground],
          [px - width * 0.36, top],
          [px + width * 0.36, top],
          [px + width / 2, ground],
        ],
        colour,
      );
    if (kind === 'concrete-holes')
      for (let i = 1; i < 9; i++) canvas.rect(px - width * 0.2, ground - i * 0.9 * unit, width * 0.4, 0.5 * unit, dark);
    if (kind === 'concrete-square') canvas.rect(px, top, width * 0.4, ground - top, dark);
    if (kind === 'concrete-banded')
      for (let i = 0; i < 6; i++)
        canvas.rect(
          px - width * 0.62,
          ground - (0.5 + i * 0.36) * unit,
          width * 1.24,
          0.36 * unit,
          i % 2 === 0 ? '#f5c400' : '#1b1c1e',
        );
    const arm = 1.2 * unit;
    for (const drop of kind === 'wood' ? [0.5, 1.2] : [0.4])
      canvas.rect(px - arm, top + drop * unit, arm * 2, Math.max(1, 0.16 * unit), colour);
    wires[0]?.push([px - arm, top + 0.4 * unit]);
    wires[1]?.push([px + arm, top + 0.4 * unit]);
    wires[2]?.push([px, top + 1.5 * unit]);
  }
  for (const wire of wires) {
    const last = wire.at(-1);
    if (last) wire.push([last[0] + (last[0] - view.vanishX) * 0.9, last[1] - (view.horizonY - last[1]) * 0.75]);
  }
  canvas.strokes(wires, '#2b2d31', 0.7, 0.8);
}

function drawLamp(canvas: Canvas, scene: Scene, view: View, light: Light, z: number): void {
  const { hand } = scene;
  const street = streetOf(hand);
  const unit = view.scale(z);
  const [x, ground] = view.at(street.oppositeKerb - 0.5, 0, z);
  const iron = faded(css(lit(hand.livery[1], 0.6)), light, z);
  const inward = view.ownSide;
  const tall = hand.lamp === 'globe' || hand.lamp === 'lantern' ? 5.2 : 7.2;
  const top = ground - tall * unit;
  const width = Math.max(1.2, 0.2 * unit);
  canvas.rect(x - width / 2, top, width, ground - top, iron);
  canvas.rect(x - width, ground - 0.9 * unit, width * 2, 0.9 * unit, iron);
  const arm = 1.4 * unit;
  switch (hand.lamp) {
    case 'single-arm':
      canvas.strokes(
        [
          [
            [x, top + 0.3 * unit],
            [x + inward * arm * 0.4, top - 0.3 * unit],
            [x + inward * arm, top - 0.3 * unit],
          ],
        ],
        iron,
        width * 0.8,
      );
      canvas.ellipse(x + inward * arm, top - 0.2 * unit, 0.4 * unit, 0.18 * unit, '#f3ead0');
      break;
    case 'double-arm':
      canvas.strokes(
        [
          [
            [x - arm, top],
            [x, top + 0.3 * unit],
            [x + arm, top],
          ],
        ],
        iron,
        width * 0.8,
      );
      for (const side of [-1, 1]) canvas.ellipse(x + side * arm, top + 0.1 * unit, 0.4 * unit, 0.18 * unit, '#f3ead0');
      break;
    case 'globe':
      canvas.ellipse(x, top, 0.52 * unit, 0.52 * unit, '#faf4dc');
      break;
    case 'lantern':
      canvas.polygon(
        [
          [x - 0.22 * unit, top + 0.5 * unit],
          [x - 0.45 * unit, top - 0.5 * unit],
          [x + 0.45 * unit, top - 0.5 * unit],
          [x + 0.22 * unit, top + 0.5 * unit],
        ],
        '#f6e7b0',
      );
      canvas.polygon(
        [
          [x - 0.55 * unit, top - 0.5 * unit],
          [x, top - 1 * unit],
          [x + 0.55 * unit, top - 0.5 * unit],
        ],
        iron,
      );
      break;
    case 'bracket':
      canvas.rect(inward > 0 ? x : x - arm, top, arm, width * 0.8, iron);
      canvas.polygon(
        [
          [x + inward * arm - 0.35 * unit, top + 0.7 * unit],
          [x + inward * arm, top],
          [x + inward * arm + 0.35 * unit, top + 0.7 * unit],
        ],
        '#f3ead0',
      );
      break;
    case 'mast':
      canvas.rect(x - 0.8 * unit, top - 0.15 * unit, 1.6 * unit, 0.4 * unit, '#f3ead0');
      break;
  }
  const w = 1.35 * unit;
  const h = 2.5 * unit;
  const left = inward > 0 ? x + width : x - width - w;
  drawBanner(
    canvas,
    hand.banner,
    faded(css(hand.livery[0]), light, z),
    faded(css(hand.livery[1]), light, z),
    left,
    ground - 4.9 * unit,
    w,
    h,
  );
}

function drawBanner(
  canvas: Canvas,
  kind: Banner,
  first: string,
  second: string,
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  canvas.rect(x, y, w, h, first);
  switch (kind) {
    case 'plain':
      canvas.rect(x, y + h * 0.86, w, h * 0.14, second);
      return;
    case 'halves':
      canvas.rect(x + w / 2, y, w / 2, h, second);
      return;
    case 'thirds':
      canvas.rect(x, y + h / 3, w, h / 3, second);
      return;
    case 'stripe':
      canvas.rect(x + w * 0.35, y, w * 0.3, h, second);
      return;
    case 'disc':
      canvas.ellipse(x + w / 2, y + h * 0.42, w * 0.36, w * 0.36, second);
      return;
    case 'chevron':
      canvas.polygon(
        [
          [x, y + h],
          [x + w / 2, y + h * 0.45],
          [x + w, y + h],
          [x + w, y + h * 0.6],
          [x + w / 2, y + h * 0.1],
          [x, y + h * 0.6],
        ],
        second,
      );
      return;
    case 'chequer':
      canvas.path(
        [0, 1, 2, 3]
          .map((i) =>
            outline([
              [x + (i % 2) * (w / 2), y + (i * h) / 4],
              [x + (i % 2) * (w / 2) + w / 2, y + (i * h) / 4],
              [x + (i % 2) * (w / 2) + w / 2, y + ((i + 1) * h) / 4],
              [x + (i % 2) * (w / 2), y + ((i + 1) * h) / 4],
            ]),
          )
          .join(''),
        second,
      );
      return;
    case 'diagonal':
      canvas.polygon(
        [
          [x, y],
          [x + w, y],
          [x, y + h],
        ],
        second,
      );
      return;
  }
}

function drawTrafficLight(canvas: Canvas, scene: Scene, view: View, z: number): void {
  const street = streetOf(scene.hand);
  const unit = view.scale(z);
  const kind = scene.facts.trafficLight;
  const [x, ground] = view.at(street.oppositeKerb - 0.4, 0, z);
  const flat = kind === 'horizontal';
  const top = ground - (flat ? 5.6 : 4.2) * unit;
  const inward = view.ownSide;
  canvas.rect(x - 1, top, 2, ground - top, '#5c6268');
  const long = 2.3 * unit;
  const short = 0.85 * unit;
  const reach = 2.6 * unit;
  if (flat) canvas.rect(inward > 0 ? x : x - reach, top + short * 0.4, reach, 1.6, '#5c6268');
  const w = flat ? long : short;
  const h = flat ? short : long;
  const left = flat ? (inward > 0 ? x + reach - w * 0.6 : x - reach - w * 0.4) : x - w / 2;
  const shell = kind === 'yellow' ? '#f2b705' : kind === 'horizontal' ? '#cfd5d4' : '#1c1e21';
  if (kind === 'striped') canvas.rect(left - 1.6, top - 1.6, w + 3.2, h + 3.2, '#f6f6f2', 1);
  canvas.rect(left, top, w, h, shell, 1.4);
  for (const [i, colour] of ['#e0262b', '#f4a11a', '#27b24a'].entries()) {
    const share = (i + 0.5) / 3;
    canvas.ellipse(left + w * (flat ? share : 0.5), top + h * (flat ? 0.5 : share), short * 0.31, short * 0.31, colour);
  }
}

function drawPostBox(canvas: Canvas, scene: Scene, view: View, light: Light, z: number): void {
  const { postBox } = scene.facts;
  if (postBox === null) return;
  const street = streetOf(scene.hand);
  const unit = view.scale(z);
  const [x, ground] = view.at(street.ownKerb + 1, 0, z);
  const paint = faded(BOX_PAINT[postBox], light, z);
  const w = 0.72 * unit;
  const top = ground - 1.5 * unit;
  canvas.rect(x - w / 2, top, w, ground - top, paint, w * 0.18);
  canvas.rect(x - w * 0.58, top, w * 1.16, 0.22 * unit, paint, w * 0.12);
  canvas.rect(x - w * 0.3, top + 0.34 * unit, w * 0.6, 0.08 * unit, '#17181a');
  canvas.rect(x - w * 0.3, top + 0.6 * unit, w * 0.6, 0.34 * unit, '#f7f5ea');
}

function drawBollard(canvas: Canvas, scene: Scene, view: View, x: number, z: number): void {
  const unit = view.scale(z);
  const [px, ground] = view.at(x, 0, z);
  const w = 0.34 * unit;
  const h = 1.25 * unit;
  const top = ground - h;
  const part = (from: number, to: number, fill: string) =>
    canvas.rect(px - w / 2, top + h * from, w, h * (to - from), fill);
  const { bollard } = scene.facts;
  part(0, 1, bollard === null ? '#8a8f94' : '#f4f4f0');
  switch (bollard) {
    case 'black-diagonal':
      canvas.polygon(
        [
          [px - w / 2, top + h * 0.16],
          [px + w / 2, top + h * 0.04],
          [px + w / 2, top + h * 0.36],
          [px - w / 2, top + h * 0.48],
        ],
        '#17181a',
      );
      canvas.rect(px - w * 0.2, top + h * 0.2, w * 0.4, h * 0.14, '#dfe5ea');
      return;
    case 'black-cap':
      part(0, 0.28, '#17181a');
      canvas.rect(px - w * 0.25, top + h * 0.14, w * 0.5, h * 0.12, '#e0222b');
      return;
    case 'black-band':
      part(0.12, 0.4, '#17181a');
      return;
    case 'red-diagonal':
      canvas.polygon(
        [
          [px - w / 2, top + h * 0.34],
          [px + w / 2, top + h * 0.1],
          [px + w / 2, top + h * 0.34],
          [px - w / 2, top + h * 0.58],
        ],
        '#df1b26',
      );
      return;
    case 'red-band':
      part(0.16, 0.42, '#df1b26');
      return;
    case 'orange-mark':
      part(0.1, 0.42, '#17181a');
      canvas.rect(px - w * 0.3, top + h * 0.14, w * 0.6, h * 0.22, '#ff8a00');
      return;
    case 'yellow-mark':
      part(0.14, 0.4, '#f7c600');
      return;
    case 'red-dot':
      canvas.ellipse(px, top + h * 0.22, w * 0.42, w * 0.42, '#e0222b');
      return;
    case 'black-band-red':
      part(0.1, 0.46, '#17181a');
      canvas.rect(px - w * 0.3, top + h * 0.16, w * 0.6, h * 0.22, '#e0222b');
      return;
  }
}
