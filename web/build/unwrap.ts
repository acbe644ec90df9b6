type Position = GeoJSON.Position;

/**
 * world-atlas joins shapes across 180° again, so on a flat map their edges would run around the world. Each longitude is
 * taken as near as can be to the one before; a ring around a pole is closed along the edge of the map.
 */
export function unwrapPolygons(given: GeoJSON.Geometry): GeoJSON.MultiPolygon {
  const polygons = given.type === 'Polygon' ? [given.coordinates] : (given as GeoJSON.MultiPolygon).coordinates;
  return { type: 'MultiPolygon', coordinates: polygons.map((rings) => rings.map((ring) => closed(unwrapLine(ring)))) };
}

export function unwrapLine(line: readonly Position[]): Position[] {
  let before: number | undefined;
  return line.map(([lon = 0, lat = 0]) => {
    const near = before === undefined ? lon : lon - 360 * Math.round((lon - before) / 360);
    before = near;
    return [near, lat];
  });
}

const POLE = 90;

function closed(ring: Position[]): Position[] {
  const [first = [0, 0], last = [0, 0]] = [ring[0], ring.at(-1)];
  const [from = 0, lat = 0] = first;
  const [to = 0] = last;
  if (Math.abs(to - from) < 180) return ring;
  const pole = lat < 0 ? -POLE : POLE;
  return [...ring, [to, pole], [from, pole], first];
}
