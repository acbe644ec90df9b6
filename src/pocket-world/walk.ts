import { destination } from '../geo/distance.js';
import { Random } from './random.js';
import type { Scene } from './scene.js';
import type { WorldScene } from './world-scene.js';

/** Distance and time between two frames of a walk, as of a slow car with a picture every two seconds. */
const STEP_M = 6;
const STEP_S = 2;

interface Ahead {
  readonly z: number;
}

/**
 * The walk that begins at a scene: frames along its street, 6 m and 2 s apart, with the street's heading. The first frame is
 * not the scene itself: each is looked at a little differently.
 */
export function planWalk({ file, point, scene }: WorldScene, frames: number): readonly WorldScene[] {
  const startMs = Date.parse(`${scene.capturedAt}Z`);
  return Array.from({ length: frames }, (_, frame) => {
    const random = new Random(`streetdex pocket walk ${scene.town.id} ${scene.seed} ${frame}`);
    const { lat, lon } = destination(point, scene.camera.headingDeg, (frame * STEP_M) / 1000);
    const capturedAt = new Date(startMs + 1000 * STEP_S * frame).toISOString().slice(0, 19);
    return {
      file: file.replace(/\.jpg$/, `-${frame}.jpg`),
      point: { lat: Number(lat.toFixed(7)), lon: Number(lon.toFixed(7)) },
      scene: { ...driven(scene, frame * STEP_M, random), capturedAt },
    };
  });
}

/**
 * A scene from some metres further on: the wheel is never quite still, nobody keeps the distance to the metre, and each
 * frame is exposed anew. (Signs and posts stay where they are drawn, so that real frames differ by more.)
 */
export function driven(scene: Scene, metres: number, random: Random): Scene {
  const nearer = <T extends Ahead>(thing: T) => ({ ...thing, z: thing.z - metres });
  const keeping = <T extends Ahead>(thing: T) => ({ ...thing, z: thing.z + 0.7 * random.normal() });
  const ahead = ({ z }: Ahead) => z > 4;
  const { camera, finish } = scene;
  const vanishX = camera.vanishX + 2 * random.normal();
  const lateralM = camera.lateralM + 0.05 * random.normal();
  return {
    ...scene,
    camera: { ...camera, vanishX, lateralM },
    houses: scene.houses.map((house) => ({ ...house, fromM: house.fromM - metres, toM: house.toM - metres })),
    vehicles: scene.vehicles.map((one) => (one.lane === 'own' ? keeping(one) : nearer(one))).filter(ahead),
    trees: scene.trees.map(nearer).filter(ahead),
    people: scene.people.map(nearer).filter(ahead),
    finish: { ...finish, gain: finish.gain * (1 + 0.03 * random.normal()) },
  };
}
