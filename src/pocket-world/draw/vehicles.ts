import type { Taxi } from '../country-fact-types.js';
import type { Scene, Vehicle } from '../scene.js';
import type { Canvas } from './canvas.js';
import { css, mix, shade } from './colour.js';
import { faded, type Light } from './light.js';
import { drawPlate } from './plate.js';
import type { View } from './view.js';

/** Body and roof of a taxi; a third colour is a band along the waist. */
const TAXI_PAINT: Readonly<Record<Taxi, readonly [body: string, roof: string, band?: string]>> = {
  yellow: ['#f7c600', '#f7c600'],
  black: ['#15161a', '#15161a'],
  cream: ['#efe3b8', '#efe3b8'],
  white: ['#f6f6f2', '#f6f6f2'],
  red: ['#d3222a', '#d3222a'],
  orange: ['#f47a12', '#f47a12'],
  blue: ['#2a6fd6', '#2a6fd6'],
  green: ['#1e9a4c', '#1e9a4c'],
  purple: ['#6a2c91', '#6a2c91'],
  pink: ['#e0458f', '#ffffff'],
  'black-yellow': ['#15161a', '#f7c600'],
  'black-green': ['#15161a', '#1fa67a'],
  'yellow-black': ['#f7c600', '#f7c600', '#15161a'],
  'yellow-green': ['#f7c600', '#1e9a4c'],
  'blue-white': ['#2257b8', '#f4f4f0'],
};

/** Vehicles from the far one to the near one, each with its shadow and its plate. */
export function drawVehicles(canvas: Canvas, scene: Scene, view: View, light: Light): void {
  for (const vehicle of [...scene.vehicles].sort((a, b) => b.z - a.z)) {
    drawShadow(canvas, scene, view, light, vehicle);
    if (vehicle.kind === 'bus') drawBus(canvas, scene, view, light, vehicle);
    else drawCar(canvas, scene, view, light, vehicle);
  }
}

function drawShadow(canvas: Canvas, scene: Scene, view: View, light: Light, vehicle: Vehicle): void {
  const [x, y] = view.at(vehicle.xM, 0, vehicle.z);
  const unit = view.scale(vehicle.z);
  const lean = (scene.shadowSide === 'right' ? 1 : -1) * Math.min(1.6, 0.5 + 8 / Math.max(6, scene.sun.altitudeDeg));
  canvas.ellipse(
    x + lean * unit * 0.4 * (light.shadow > 0.2 ? 1 : 0.2),
    y,
    unit * 1.25,
    unit * 0.2,
    '#000000',
    0.22 + light.shadow,
  );
}

function drawCar(canvas: Canvas, scene: Scene, view: View, light: Light, vehicle: Vehicle): void {
  const [x, ground] = view.at(vehicle.xM, 0, vehicle.z);
  const m = view.scale(vehicle.z);
  const taxi = vehicle.kind === 'taxi' && scene.facts.taxi !== null ? TAXI_PAINT[scene.facts.taxi] : null;
  const tone = (colour: string) => faded(shade(colour, (light.bright + light.dim) / 2), light, vehicle.z);
  const body = tone(taxi ? taxi[0] : vehicle.paint);
  const roof = tone(taxi ? taxi[1] : vehicle.paint);
  const tall = vehicle.kind === 'van' ? 0.45 : 0;
  const up = (height: number) => ground - height * m;
  // wheels, body, cabin, glass
  canvas.rect(x - 0.86 * m, up(0.42), 0.3 * m, 0.44 * m, '#17181b', 0.06 * m);
  canvas.rect(x + 0.56 * m, up(0.42), 0.3 * m, 0.44 * m, '#17181b', 0.06 * m);
  canvas.polygon(
    [
      [x - 0.82 * m, up(0.95)],
      [x - 0.64 * m, up(1.5 + tall)],
      [x + 0.64 * m, up(1.5 + tall)],
      [x + 0.82 * m, up(0.95)],
    ],
    roof,
  );
  canvas.polygon(
    [
      [x - 0.7 * m, up(0.97)],
      [x - 0.57 * m, up(1.39 + tall)],
      [x + 0.57 * m, up(1.39 + tall)],
      [x + 0.7 * m, up(0.97)],
    ],
    mix('#1e2833', light.skyLow, vehicle.end === 'front' ? 0.3 : 0.15),
  );
  canvas.rect(x - 0.92 * m, up(1), 1.84 * m, 0.78 * m, body, 0.1 * m);
  canvas.rect(x - 0.92 * m, up(0.4), 1.84 * m, 0.18 * m, mix(body, '#000000', 0.45), 0.05 * m);
  if (taxi?.[2]) canvas.rect(x - 0.92 * m, up(0.96), 1.84 * m, 0.14 * m, taxi[2]);
  const lamp = vehicle.end === 'rear' ? '#c4161c' : '#fdf6d8';
  canvas.rect(x - 0.88 * m, up(0.92), 0.3 * m, 0.17 * m, lamp, 0.04 * m);
  canvas.rect(x + 0.58 * m, up(0.92), 0.3 * m, 0.17 * m, lamp, 0.04 * m);
  if (vehicle.kind === 'taxi') {
    canvas.rect(x - 0.24 * m, up(1.68), 0.48 * m, 0.17 * m, '#fff3b0', 0.03 * m);
    canvas.rect(x - 0.18 * m, up(1.63), 0.36 * m, 0.06 * m, '#2a2a2a');
  }
  drawPlate(canvas, scene.facts.plate, vehicle.end, x, up(0.58), 1.36 * m);
}

/** A town bus in the municipal colours. */
function drawBus(canvas: Canvas, scene: Scene, view: View, light: Light, vehicle: Vehicle): void {
  const [x, ground] = view.at(vehicle.xM - 0.15, 0, vehicle.z);
  const m = view.scale(vehicle.z);
  const [first, second] = scene.hand.livery;
  const painted = (colour: typeof first) => faded(css(colour), light, vehicle.z);
  const up = (height: number) => ground - height * m;
  canvas.rect(x - 1.05 * m, up(0.4), 0.34 * m, 0.42 * m, '#17181b');
  canvas.rect(x + 0.71 * m, up(0.4), 0.34 * m, 0.42 * m, '#17181b');
  canvas.rect(x - 1.2 * m, up(3), 2.4 * m, 2.75 * m, painted(first), 0.12 * m);
  canvas.rect(x - 1.2 * m, up(1.2), 2.4 * m, 0.4 * m, painted(second));
  canvas.rect(x - 1.08 * m, up(2.6), 2.16 * m, 1.3 * m, mix('#1e2833', light.skyLow, 0.25), 0.06 * m);
  canvas.rect(x - 0.8 * m, up(2.95), 1.6 * m, 0.28 * m, '#1a1a1a');
  canvas.rect(x - 0.55 * m, up(2.88), 1.1 * m, 0.14 * m, '#ffb52e');
  drawPlate(canvas, scene.facts.plate, 'front', x, up(0.6), 1.4 * m);
}
