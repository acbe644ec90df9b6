import type { Point } from '../api/types.js';

const ZOOM = 17;
/** Parts of a second in the notation of degrees, minutes and seconds: 0.3 m (five decimals of a degree are 1 m). */
const PARTS_OF_SECOND = 100;

/** With the page's precision, and never -0. */
const shown = ({ lat, lon }: Point) => ({ lat: fixed(lat), lon: fixed(lon) });
const fixed = (degrees: number): string => degrees.toFixed(5).replace(/^-(0\.0+)$/, '$1');

/** Links to a point on other maps. Nothing is requested before a link is followed. */
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

/** Notations of a point, to be copied. */
export function placeNotations(point: Point) {
  const { lat, lon } = shown(point);
  return {
    decimal: `${lat}, ${lon}`,
    dms: `${inSeconds(point.lat, 'N', 'S')} ${inSeconds(point.lon, 'E', 'W')}`,
    // RFC 5870, which asks for the longitude 0 at the poles.
    geoUri: `geo:${lat},${Math.abs(Number(lat)) === 90 ? '0' : lon}`,
  } as const;
}

/** `54°21'7.29"N`, in signs that every map's search field accepts. */
function inSeconds(degrees: number, positive: string, negative: string): string {
  const parts = Math.round(Math.abs(degrees) * 3600 * PARTS_OF_SECOND);
  const seconds = Math.floor(parts / PARTS_OF_SECOND);
  const rest = ((seconds % 60) + (parts % PARTS_OF_SECOND) / PARTS_OF_SECOND).toFixed(2);
  const side = degrees < 0 && parts > 0 ? negative : positive;
  return `${Math.floor(seconds / 3600)}°${Math.floor(seconds / 60) % 60}'${rest}"${side}`;
}
