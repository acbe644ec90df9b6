import type { GeoPoint } from '../domain/geo-point.js';

export interface Sun {
  /** Degrees above the horizon. */
  readonly altitudeDeg: number;
  /** Degrees from north, clockwise. */
  readonly azimuthDeg: number;
}

const RADIANS = Math.PI / 180;

/**
 * Position of the sun at a local solar hour: declination −23.44° cos(360°(n + 10)/365), then the spherical triangle (Meeus,
 * Astronomical Algorithms, chapter 13, without the refinements that no scene would show).
 */
export function sunAt({ lat }: GeoPoint, dayOfYear: number, solarHour: number): Sun {
  const declination = -23.44 * Math.cos((2 * Math.PI * (dayOfYear + 10)) / 365) * RADIANS;
  const hourAngle = (solarHour - 12) * 15 * RADIANS;
  const phi = lat * RADIANS;
  const sine = Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle);
  const south = Math.atan2(
    Math.sin(hourAngle),
    Math.cos(hourAngle) * Math.sin(phi) - Math.tan(declination) * Math.cos(phi),
  );
  return { altitudeDeg: Math.asin(sine) / RADIANS, azimuthDeg: (south / RADIANS + 180 + 360) % 360 };
}
