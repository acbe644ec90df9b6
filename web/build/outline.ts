type Position = GeoJSON.Position;

const SIDE = 1024;
/** Where the square of Web Mercator ends. */
const LIMIT = 85.05112878;

/** Land on the square of Web Mercator (latitude and longitude in degrees; west to east, north to south) as an SVG. */
export function outline(polygons: readonly (readonly (readonly Position[])[])[]): string {
  const path = polygons.map((rings) => rings.map(ringPath).join('')).join('');
  // A shape across 180° goes on at the other side.
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}"><path id="a" d="${path}"/><use href="#a" x="-${SIDE}"/><use href="#a" x="${SIDE}"/></svg>\n`;
}

function ringPath(ring: readonly Position[]): string {
  const points = ring.map(([lon = 0, lat = 0]) => `${place(x(lon))} ${place(y(lat))}`);
  return `M${points.filter((point, i) => point !== points[i - 1]).join('L')}Z`;
}

const x = (lon: number): number => (lon + 180) / 360;
const y = (lat: number): number => {
  const limited = (Math.min(LIMIT, Math.max(-LIMIT, lat)) * Math.PI) / 180;
  return (1 - Math.asinh(Math.tan(limited)) / Math.PI) / 2;
};
const place = (fraction: number): string => String(Number((fraction * SIDE).toFixed(1)));
