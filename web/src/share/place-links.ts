import type { Point } from '../api/types.js';

const ZOOM = 17;
/** Of a second in the notation by degrees, minutes and seconds: 0.3 m, as five decimals of a degree are a metre. */
const PARTS_OF_SECOND = 100;

/** As exact as the page shows the point, and never -0. */
const shown = ({ lat, lon }: Point) => ({ lat: fixed(lat), lon: fixed(lon) });
const fixed = (degrees: number): string => degrees.toFixed(5).replace(/^-(0\.0+)$/, '$1');

/** Where other maps show a point. Nothing is asked of them before somebody follows such a link. */
export function placeLinks(point: Point) {
  const { lat, lon } = shown(point);
  return {
    openStreetMap: `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=${ZOOM}/${lat}/${lon}`,
    // Google's "Maps URLs": https://developers.google.com/maps/documentation/urls/get-started
    streetView: `https://www.google.com/maps/@?api=1&map_action=pano&viewpoint=${lat},${lon}`,
    mapillary: `https://www.mapillary.com/app/?lat=${lat}&lng=${lon}&z=${ZOOM}`,
    // "URL settings" of Panoramax's web viewer: `focus` and `map`, as zoom/lat/lon.
    panoramax: `https://api.panoramax.xyz/?focus=map&map=${ZOOM}/${lat}/${lon}`,
    satellite: `https://www.google.com/maps/@?api=1&map_action=map&basemap=satellite&center=${lat},${lon}&zoom=${ZOOM}`,
  } as const;
}

/** The ways a point is written to be copied. */
export function placeNotations(point: Point) {
  const { lat, lon } = shown(point);
  return {
    decimal: `${lat}, ${lon}`,
    dms: `${inSeconds(point.lat, 'N', 'S')} ${inSeconds(point.lon, 'E', 'W')}`,
    // RFC 5870, which asks for the longitude 0 at the poles.
    geoUri: `geo:${lat},${Math.abs(Number(lat)) === 90 ? '0' : lon}`,
  } as const;
}

/** `54°21'7.29"N`: with the signs that every map's search field takes. */
function inSeconds(degrees: number, positive: string, negative: string): string {
  const parts = Math.round(Math.abs(degrees) * 3600 * PARTS_OF_SECOND);
  const seconds = Math.floor(parts / PARTS_OF_SECOND);
  const rest = ((seconds % 60) + (parts % PARTS_OF_SECOND) / PARTS_OF_SECOND).toFixed(2);
  const side = degrees < 0 && parts > 0 ? negative : positive;
  return `${Math.floor(seconds / 3600)}°${Math.floor(seconds / 60) % 60}'${rest}"${side}`;
}
