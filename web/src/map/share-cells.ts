import type { TagCells } from '../api/types.js';

/** Of H3's cells of resolution 0: from the middle to the nearest edge, on average. */
const INRADIUS_KM = 1110;
/** A cell of one resolution is made of seven of the next. */
const FINER = Math.sqrt(7);
const EQUATOR_KM = 40_075;
const WORLD_PIXELS = 512;
const SCALES = [0.05, 0.1, 0.2, 0.5];
/** A cell of fewer photos has a share by chance. */
const PHOTOS_LEAST = 10;

/** The share that the strongest colour stands for: the least round figure that no cell of many photos is above. */
export function scaleOf({ features }: Pick<TagCells, 'features'>): number {
  const many = features.filter(({ properties }) => properties.photos >= PHOTOS_LEAST);
  const most = Math.max(0, ...(many.length === 0 ? features : many).map(({ properties }) => properties.share));
  return SCALES.find((scale) => most <= scale) ?? 1;
}

/** A cell as a disc, in GeoJSON. */
interface ShareDot {
  type: 'Feature';
  geometry: { type: 'Point'; coordinates: number[] };
  /** `of_scale` from 0 to 1 for its colour, `pixels` for its radius at zoom 0. */
  properties: { key: string; photos: number; of_scale: number; pixels: number };
}

export function shareDots(cells: TagCells): ShareDot[] {
  const scale = scaleOf(cells);
  const kmOfCell = INRADIUS_KM / FINER ** cells.resolution;
  return cells.features.map(({ id, geometry, properties: { photos, share } }) => {
    const [lon = 0, lat = 0] = geometry.coordinates;
    // The map draws what is far from the equator larger.
    const pixels = ((kmOfCell / EQUATOR_KM) * WORLD_PIXELS) / Math.max(0.05, Math.cos((lat * Math.PI) / 180));
    return {
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
      properties: { key: id, photos, of_scale: Math.min(1, share / scale), pixels },
    };
  });
}
