import type { Random } from '../random.js';
import type { House, Scene } from '../scene.js';
import { type Canvas, outline, type Point } from './canvas.js';
import { css, type Hsl, lit, mix } from './colour.js';
import { faded, type Light } from './light.js';
import { drawScript } from './script-strokes.js';
import { streetOf } from './street.js';
import type { View } from './view.js';

const STOREY_M = 3;
const DEEP_M = 9;

/** Both rows of houses, from the far end to the near one. */
export function drawBuildings(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  const ordered = [...scene.houses].sort((a, b) => b.fromM - a.fromM);
  for (const house of ordered) drawHouse(canvas, scene, view, light, house, random);
}

function drawHouse(canvas: Canvas, scene: Scene, view: View, light: Light, house: House, random: Random): void {
  const { hand, facts } = scene;
  const street = streetOf(hand);
  const toward = house.side === 'own' ? 1 : -1;
  const line = (house.side === 'own' ? street.ownWall : street.oppositeWall) + toward * house.backM;
  const { fromM: near, toM: far } = house;
  const height = house.storeys * STOREY_M + 0.5;
  const onRight = (house.side === 'own') === (view.ownSide === 1);
  const sunny = (scene.shadowSide === 'right') !== onRight;
  // A wall that faces the sun is bright: shadows fall to the right, so the sun is on the left and lights the right row.
  const factor = (sunny ? light.dim : light.bright) * house.tone;
  const middle = (near + far) / 2;
  const tint = (colour: Hsl, by = factor) => faded(css(lit(colour, by)), light, middle);
  const wall = tint(hand.walls[house.wall]);
  const at = (y: number, z: number): Point => view.at(line, y, z);
  const back = line + toward * DEEP_M;
  const roofRise = hand.flatRoofs ? 0 : hand.roofSteepness * DEEP_M * 0.42;
  const endWall: Point[] = [view.at(line, 0, near), view.at(line, height, near)];
  if (roofRise > 0) endWall.push(view.at((line + back) / 2, height + roofRise, near));
  endWall.push(view.at(back, height, near), view.at(back, 0, near));
  canvas.polygon(endWall, tint(hand.walls[house.wall], factor * 0.86));
  canvas.polygon([at(0, near), at(height, near), at(height, far), at(0, far)], wall);
  drawWindows(canvas, scene, house, at, light, tint);
  drawGroundFloor(canvas, scene, house, at, tint, random);
  if (roofRise > 0) {
    const eave = line - toward * (facts.tradition === 'tile-eaves' ? 0.9 : 0.35);
    const ridge = (line + back) / 2;
    const roof: Point[] = [
      view.at(eave, height - 0.1, near - 0.2),
      view.at(eave, height - 0.1, far),
      view.at(ridge, height + roofRise, far),
      view.at(ridge, height + roofRise, near - 0.2),
    ];
    canvas.polygon(roof, scene.snow ? faded('#eef2f7', light, middle) : tint(hand.roof, factor * 1.05));
  } else {
    const cap = facts.tradition === 'whitewash-flat' || facts.tradition === 'earth-flat' ? hand.roof : hand.plinth;
    canvas.polygon([at(height, near), at(height + 0.5, near), at(height + 0.5, far), at(height, far)], tint(cap));
  }
}

/** Windows of one facade: all panes in one path, so that a house costs few elements. */
function drawWindows(
  canvas: Canvas,
  scene: Scene,
  house: House,
  at: (y: number, z: number) => Point,
  light: Light,
  tint: (colour: Hsl, by?: number) => string,
): void {
  if (house.fromM > 46) return;
  const { hand, facts } = scene;
  const length = house.toM - house.fromM;
  const spacing = facts.tradition === 'panel-block' ? hand.windowSpacingM * 0.8 : hand.windowSpacingM;
  const columns = Math.max(1, Math.floor(length / spacing));
  const step = length / columns;
  let panes = '';
  let shutters = '';
  for (let storey = house.shop ? 1 : 0; storey < house.storeys; storey++) {
    const low = storey * STOREY_M + 1.5 - STOREY_M * hand.windowHeight * 0.32;
    const high = low + STOREY_M * hand.windowHeight * 0.82;
    for (let column = 0; column < columns; column++) {
      const middle = house.fromM + (column + 0.5) * step;
      const half = (step * hand.windowWidth) / 2;
      panes += outline([
        at(low, middle - half),
        at(high, middle - half),
        at(high, middle + half),
        at(low, middle + half),
      ]);
      if (hand.shutters && house.fromM < 24) {
        const wide = half + Math.min(0.5, (step / 2 - half) * 0.8);
        for (const side of [-1, 1])
          shutters += outline([
            at(low, middle + side * half),
            at(high, middle + side * half),
            at(high, middle + side * wide),
            at(low, middle + side * wide),
          ]);
      }
    }
  }
  const glass = mix('#2a3644', light.skyLow, 0.22);
  canvas.path(panes, faded(glass, light, house.fromM));
  if (hand.shutters) canvas.path(shutters, tint(hand.shutters));
}

/** Plinth or shop front with its fascia, in the town's colour, with a name in the country's script. */
function drawGroundFloor(
  canvas: Canvas,
  scene: Scene,
  house: House,
  at: (y: number, z: number) => Point,
  tint: (colour: Hsl, by?: number) => string,
  random: Random,
): void {
  const { hand, facts } = scene;
  const { fromM: near, toM: far } = house;
  if (!house.shop) {
    canvas.polygon([at(0, near), at(0.8, near), at(0.8, far), at(0, far)], tint(hand.plinth));
    return;
  }
  const inset = (far - near) * 0.06;
  canvas.polygon([at(0.3, near + inset), at(2.3, near + inset), at(2.3, far - inset), at(0.3, far - inset)], '#39424c');
  canvas.polygon([at(2.3, near), at(3.4, near), at(3.4, far), at(2.3, far)], tint(hand.plinth));
  if (near > 26) return;
  const length = far - near;
  const count = Math.max(3, Math.min(7, Math.round(length / 1.4)));
  const onRight = at(1, near)[0] > at(1, far)[0];
  drawScript(
    canvas,
    facts.script,
    count,
    (u, v) => {
      const z = near + length * (0.1 + 0.8 * (onRight ? 1 - u : u));
      return at(3.25 - 0.8 * v, z);
    },
    '#f6f4ea',
    Math.max(0.7, 9 / near),
    random,
  );
}
