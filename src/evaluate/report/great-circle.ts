import { EARTH_RADIUS_KM, type GeoPoint } from '../../domain/geo-point.js';
import { distanceKm } from '../../geo/distance.js';
import { fromSphere, toSphere } from '../../geo/sphere.js';

const STEP_KM = 400;

/** Points along the shortest way, ends included, in pieces that do not cross 180°, where a map is cut. */
export function greatCircle(from: GeoPoint, to: GeoPoint): GeoPoint[][] {
  const km = distanceKm(from, to);
  const steps = Math.max(1, Math.ceil(km / STEP_KM));
  const angle = km / EARTH_RADIUS_KM;
  const [u, v] = [toSphere(from), toSphere(to)];
  const along = (share: number): GeoPoint => {
    if (share === 0) return from;
    if (share === 1) return to;
    // Antipodes have no single shortest way: sin is 0, and any point will do.
    const sine = Math.sin(angle) || 1;
    const [a, b] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
    return fromSphere([a * u[0] + b * v[0], a * u[1] + b * v[1], a * u[2] + b * v[2]]);
  };
  const pieces: GeoPoint[][] = [];
  let piece: GeoPoint[] = [];
  for (let i = 0; i <= steps; i++) {
    const next = along(i / steps);
    const before = piece.at(-1);
    if (before !== undefined && Math.abs(next.lon - before.lon) > 180) {
      const [here, there] = crossing(before, next);
      pieces.push([...piece, here]);
      piece = [there];
    }
    piece.push(next);
  }
  pieces.push(piece);
  return pieces;
}

/** The point at 180° between two neighbours, as either side of the cut sees it. */
function crossing(a: GeoPoint, b: GeoPoint): [GeoPoint, GeoPoint] {
  const side = Math.sign(a.lon) * 180;
  const toCut = side - a.lon;
  const across = b.lon + 2 * side - a.lon;
  const lat = a.lat + (across === 0 ? 0 : toCut / across) * (b.lat - a.lat);
  return [
    { lat, lon: side },
    { lat, lon: -side },
  ];
}
