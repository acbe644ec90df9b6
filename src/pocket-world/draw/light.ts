import { Random } from '../random.js';
import type { Scene } from '../scene.js';
import { css, mix } from './colour.js';

/** How bright and which colour the light is, from the sun's height and the weather. */
export interface Light {
  readonly skyTop: string;
  readonly skyLow: string;
  /** What the distance fades into. */
  readonly haze: string;
  readonly hazeShare: number;
  /** Factors for walls in the sun and in the shade. */
  readonly bright: number;
  readonly dim: number;
  readonly shadow: number;
}

export function lightOf(scene: Scene): Light {
  const low = Math.max(0, 1 - scene.sun.altitudeDeg / 18);
  const dark = 1 - 0.3 * low;
  const tint = new Random(`${scene.town.id}/${scene.seed}/sky`);
  const hue = tint.range(202, 218);
  const clear = { top: css({ h: hue, s: 0.62, l: 0.52 * dark }), low: css({ h: hue, s: 0.5, l: 0.83 * dark }) };
  const glow = css({ h: tint.range(18, 40), s: 0.8, l: 0.72 });
  const grey = css({ h: hue, s: 0.08, l: 0.72 * dark });
  switch (scene.weather) {
    case 'clear':
    case 'clouds': {
      const skyLow = mix(clear.low, glow, low * 0.8);
      return {
        skyTop: clear.top,
        skyLow,
        haze: skyLow,
        hazeShare: 0.28,
        bright: 1.12 * dark,
        dim: 0.78 * dark,
        shadow: 0.3,
      };
    }
    case 'overcast':
      return {
        skyTop: grey,
        skyLow: mix(grey, '#ffffff', 0.3),
        haze: mix(grey, '#ffffff', 0.25),
        hazeShare: 0.35,
        bright: 0.98 * dark,
        dim: 0.9 * dark,
        shadow: 0.1,
      };
    case 'rain':
      return {
        skyTop: mix(grey, '#30363d', 0.35),
        skyLow: mix(grey, '#60666d', 0.15),
        haze: grey,
        hazeShare: 0.45,
        bright: 0.93 * dark,
        dim: 0.84 * dark,
        shadow: 0.08,
      };
    case 'fog':
      return {
        skyTop: mix(grey, '#ffffff', 0.2),
        skyLow: mix(grey, '#ffffff', 0.45),
        haze: mix(grey, '#ffffff', 0.4),
        hazeShare: 0.62,
        bright: 0.95 * dark,
        dim: 0.88 * dark,
        shadow: 0.06,
      };
  }
}

/** A colour seen through the air of a distance. */
export function faded(colour: string, light: Light, distanceM: number): string {
  return mix(colour, light.haze, light.hazeShare * (1 - Math.exp(-distanceM / 60)));
}
