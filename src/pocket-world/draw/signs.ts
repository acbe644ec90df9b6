import type { BoardColour } from '../country-fact-types.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import { type Canvas, outline, type Point } from './canvas.js';
import { css } from './colour.js';
import { drawFlag } from './flag.js';
import type { Light } from './light.js';
import { drawScript } from './script-strokes.js';
import { streetOf } from './street.js';
import type { View } from './view.js';

const BOARDS: Readonly<Record<BoardColour, readonly [back: string, ink: string]>> = {
  green: ['#0f7a43', '#ffffff'],
  blue: ['#1450b4', '#ffffff'],
  white: ['#fafaf7', '#15171c'],
  yellow: ['#fcc40c', '#15171c'],
};
const POST = '#8d949b';

/** Direction board, warning sign, hanging shop sign and flag. */
export function drawSigns(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const { shown } = scene;
  if (shown.flag) drawFlagOnHouse(canvas, scene, view, random);
  if (shown.shopSign) drawShopSign(canvas, scene, view, random);
  if (shown.board) drawBoard(canvas, scene, view, light, random);
  if (shown.warning) drawWarning(canvas, scene, view, random);
}

function drawBoard(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const { facts, hand } = scene;
  const street = streetOf(hand);
  const z = random.range(8.6, 10);
  const unit = view.scale(z);
  const width = 3.5 * unit;
  const lines = 2;
  const height = 2.35 * unit;
  const [postX, ground] = view.at(street.ownKerb + 1.1, 0, z);
  const [edge, top] = view.at(street.ownKerb + 1.75, 6.3, z);
  const left = view.ownSide === 1 ? edge - width : edge;
  canvas.rect(postX - 1.3, top - 3, 2.6, ground - top + 3, POST);
  canvas.rect(Math.min(left, postX), top - 3, Math.abs(left + width / 2 - postX) + width / 2, 2.2, POST);
  const [back, ink] = facts.board === null ? (['#9aa0a6', '#ffffff'] as const) : BOARDS[facts.board];
  canvas.rect(left - 1, top - 1, width + 2, height + 2, ink, 2.5);
  canvas.rect(left, top, width, height, back, 2);
  canvas.rect(left + 1.4, top + 1.4, width - 2.8, height - 2.8, ink, 1.5);
  canvas.rect(left + 2.2, top + 2.2, width - 4.4, height - 4.4, back, 1.2);
  const inside = { x: left + width * 0.09, y: top + height * 0.13, w: width * 0.82, h: height * 0.74 };
  for (let line = 0; line < lines; line++) {
    const script = line === 0 ? facts.script : (facts.secondScript ?? facts.script);
    const y = inside.y + (inside.h / lines) * line;
    const h = (inside.h / lines) * 0.8;
    const place = (u: number, v: number): Point => [inside.x + u * inside.w, y + v * h];
    drawScript(canvas, script, 3 + random.int(2), place, ink, 1.6, random);
  }
  if (light.shadow > 0.2) canvas.rect(left, top + height + 1, width, 1, '#00000022');
}

/** A hanging sign on the opposite side, facing the camera, with three signs one below the other. */
function drawShopSign(canvas: Canvas, scene: Scene, view: View, random: Random): void {
  const { hand, facts } = scene;
  const street = streetOf(hand);
  const across = street.oppositeWall + 0.9;
  const z = Math.max(random.range(10.5, 13), nearestInCropM(view, across));
  const unit = view.scale(z);
  const [x, top] = view.at(across, random.range(4.6, 5.4), z);
  const width = 1.25 * unit;
  const height = 3.1 * unit;
  const hue = random.range(0, 360);
  const back = css({ h: hue, s: 0.65, l: random.pick([0.34, 0.42, 0.88]) });
  const light = back > '#aaaaaa';
  canvas.rect(x - width / 2 - 0.8, top - 0.8, width + 1.6, height + 1.6, '#2a2c30', 1.5);
  canvas.rect(x - width / 2, top, width, height, back, 1);
  for (let i = 0; i < 3; i++) {
    const y = top + height * (0.05 + i * 0.315);
    const place = (u: number, v: number): Point => [x - width * 0.34 + u * width * 0.92, y + v * height * 0.25];
    drawScript(canvas, facts.script, 1, place, light ? '#1a1c22' : '#fffdf2', 1.6, random);
  }
}

function drawWarning(canvas: Canvas, scene: Scene, view: View, random: Random): void {
  const { facts, hand } = scene;
  const street = streetOf(hand);
  const z = random.range(6, 7.2);
  const unit = view.scale(z);
  const [x, ground] = view.at(street.ownKerb + 0.62, 0, z);
  const r = 0.78 * unit;
  const y = ground - 2.55 * unit;
  canvas.rect(x - 1.2, y, 2.4, ground - y, POST);
  if (facts.warning === 'diamond-yellow') {
    diamond(canvas, x, y, r * 1.1, '#17181a');
    diamond(canvas, x, y, r * 1.03, '#fdc500');
    diamond(canvas, x, y, r * 0.92, '#17181a');
    diamond(canvas, x, y, r * 0.84, '#fdc500');
  } else {
    const rim = facts.warning === 'triangle-black' ? '#17181a' : '#d6141f';
    triangle(canvas, x, y, r * 1.12, rim);
    triangle(canvas, x, y, r * 0.68, facts.warning === 'triangle-white' ? '#fcfcf8' : '#fdc500');
  }
  const mark = random.int(3);
  const ink = '#17181a';
  if (mark === 0) canvas.rect(x - r * 0.08, y - r * 0.28, r * 0.16, r * 0.55, ink);
  else if (mark === 1)
    canvas.strokes(
      [
        [
          [x - r * 0.14, y + r * 0.28],
          [x - r * 0.14, y],
          [x + r * 0.16, y - r * 0.1],
          [x + r * 0.06, y - r * 0.25],
        ],
      ],
      ink,
      r * 0.13,
    );
  else canvas.ellipse(x, y + r * 0.08, r * 0.17, r * 0.17, ink);
}

/** Least depth at which a thing across the street lies within the square that a centre crop keeps. */
function nearestInCropM(view: View, across: number): number {
  return (Math.abs(across - view.cameraX) * view.focalPx) / (view.height / 2 - 16);
}

function diamond(canvas: Canvas, x: number, y: number, r: number, fill: string): void {
  canvas.polygon(
    [
      [x, y - r],
      [x + r, y],
      [x, y + r],
      [x - r, y],
    ],
    fill,
  );
}

function triangle(canvas: Canvas, x: number, y: number, r: number, fill: string): void {
  canvas.path(
    outline([
      [x, y - r],
      [x + r * 0.95, y + r * 0.62],
      [x - r * 0.95, y + r * 0.62],
    ]),
    fill,
  );
}

function drawFlagOnHouse(canvas: Canvas, scene: Scene, view: View, random: Random): void {
  const street = streetOf(scene.hand);
  const across = street.oppositeKerb - 1.3;
  const z = Math.max(random.range(11, 13.5), nearestInCropM(view, across));
  const unit = view.scale(z);
  const [foot, low] = view.at(across, 4.6, z);
  const top = low - 3.4 * unit;
  const width = 3.1 * unit;
  const height = 2 * unit;
  canvas.rect(foot - 0.8, top - 2, 1.6, low + 2.4 * unit - top, '#e8e8e4');
  // The cloth flies towards the middle of the picture, so that the crop keeps it; the hoist is drawn on the left as printed.
  const left = view.ownSide === 1 ? foot : foot - width;
  drawFlag(canvas, scene.facts.flag, left, top, width, height);
  canvas.path(
    outline([
      [left + width * 0.55, top],
      [left + width * 0.75, top],
      [left + width * 0.75, top + height],
      [left + width * 0.55, top + height],
    ]),
    '#000000',
    0.1,
  );
}
