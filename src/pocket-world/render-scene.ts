import { present } from '../domain/present.js';
import { sharp } from '../images/sharp.js';
import { drawBuildings } from './draw/buildings.js';
import { Canvas } from './draw/canvas.js';
import { lightOf } from './draw/light.js';
import { drawRoad } from './draw/road.js';
import { drawSigns } from './draw/signs.js';
import { drawSky } from './draw/sky.js';
import { drawSkyline } from './draw/skyline.js';
import { drawKerbside, drawPolesAndLamps } from './draw/street-furniture.js';
import { drawTreesAndPeople } from './draw/vegetation.js';
import { drawVehicles } from './draw/vehicles.js';
import { View } from './draw/view.js';
import { Random } from './random.js';
import { describeScene, LAYOUT, type Scene } from './scene.js';
import type { Town } from './town.js';

export interface RenderOptions {
  /** Pixels; 320 × 240 by default. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * A street scene of a town as JPEG bytes: the same bytes for the same town, seed and size, on one version of sharp.
 * @throws `country_without_facts` for a town whose country has no row in the table.
 */
export async function renderScene(town: Town, seed: string, options: RenderOptions = {}): Promise<Buffer> {
  return renderDescribed(describeScene(town, seed), options);
}

/** Like `renderScene`, for a scene that was described already. */
export async function renderDescribed(scene: Scene, options: RenderOptions = {}): Promise<Buffer> {
  const width = options.width ?? LAYOUT.width;
  const height = options.height ?? LAYOUT.height;
  const { data, info } = await sharp()(Buffer.from(sceneSvg(scene, width, height)))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  finishPixels(data, scene);
  return sharp()(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .jpeg({ quality: scene.finish.quality })
    .toBuffer();
}

/** The scene as SVG, from the back to the front. */
export function sceneSvg(scene: Scene, width: number = LAYOUT.width, height: number = LAYOUT.height): string {
  const { camera } = scene;
  const own = scene.facts.drives === 'right' ? 1 : -1;
  const canvas = new Canvas(LAYOUT.width, LAYOUT.height);
  const view = new View(
    LAYOUT.width,
    LAYOUT.height,
    camera.vanishX,
    camera.horizonY,
    camera.focalPx,
    camera.lateralM,
    camera.heightM,
    own,
  );
  const light = lightOf(scene);
  const random = new Random(`streetdex pocket drawing ${scene.town.id} ${scene.seed}`);
  drawSky(canvas, scene, view, light, random.fork('sky'));
  drawRoad(canvas, scene, view, light, random.fork('road'));
  drawSkyline(canvas, scene, view, light, random.fork('skyline'));
  drawBuildings(canvas, scene, view, light, random.fork('buildings'));
  drawTreesAndPeople(canvas, scene, view, light, random.fork('trees'));
  drawPolesAndLamps(canvas, scene, view, light, random.fork('poles'));
  drawSigns(canvas, scene, view, light, random.fork('signs'));
  drawKerbside(canvas, scene, view, light, random.fork('kerbside'));
  drawVehicles(canvas, scene, view, light);
  return canvas.svg(width, height);
}

const GRAIN = (() => {
  const random = new Random('streetdex pocket grain');
  return Float32Array.from({ length: 4096 }, () => random.normal());
})();

/** Applies exposure, white balance and sensor noise to RGB bytes in place, which is cheaper than an SVG filter. */
function finishPixels(pixels: Uint8Array, scene: Scene): void {
  const { gain, warmth, noise } = scene.finish;
  const tableOf = (factor: number) => Uint8ClampedArray.from({ length: 256 }, (_, level) => level * factor);
  const [red, green, blue] = [tableOf(gain * (1 + warmth)), tableOf(gain), tableOf(gain * (1 - warmth))];
  const random = new Random(`streetdex pocket noise ${scene.town.id} ${scene.seed}`);
  const grain = GRAIN.map((value) => value * noise);
  let at = random.int(4096);
  const clamped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i + 2 < clamped.length; i += 3) {
    if ((i & 1023) < 3) at = random.int(4096);
    const dust = present(grain[at++ & 4095]);
    clamped[i] = present(red[present(clamped[i])]) + dust;
    clamped[i + 1] = present(green[present(clamped[i + 1])]) + dust;
    clamped[i + 2] = present(blue[present(clamped[i + 2])]) + dust;
  }
}
