import type { GeoPoint } from '../domain/geo-point.js';
import type { Scene } from './scene.js';

/** A scene with its file and its place. */
export interface WorldScene {
  /** Path below the folder, with forward slashes. */
  readonly file: string;
  readonly point: GeoPoint;
  readonly scene: Scene;
}
