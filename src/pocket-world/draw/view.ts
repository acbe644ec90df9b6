import type { Point } from './canvas.js';

/**
 * A one-point perspective. World: metres, x grows towards the kerb of the camera's own lane (to the right in right-hand
 * traffic, to the left in left-hand traffic), y up from the road, z ahead of the camera.
 */
export class View {
  constructor(
    readonly width: number,
    readonly height: number,
    /** Vanishing point in pixels. */
    readonly vanishX: number,
    readonly horizonY: number,
    /** Focal length in pixels. */
    readonly focalPx: number,
    readonly cameraX: number,
    readonly cameraHeightM: number,
    /** +1 where the own kerb is on the right of the picture, −1 on the left. */
    readonly ownSide: 1 | -1,
  ) {}

  at(x: number, y: number, z: number): Point {
    const scale = this.focalPx / z;
    return [this.vanishX + this.ownSide * scale * (x - this.cameraX), this.horizonY + scale * (this.cameraHeightM - y)];
  }

  /** Pixels per metre at a depth. */
  scale(z: number): number {
    return this.focalPx / z;
  }

  /** Depth at which the ground meets the picture's lower edge, with a little margin. */
  get nearM(): number {
    return (this.focalPx * this.cameraHeightM) / (this.height - this.horizonY) / 1.15;
  }
}
