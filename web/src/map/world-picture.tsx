import { outline } from 'virtual:basemap';
import { urlOf } from '../api/url.js';
import { theme } from '../state/theme.js';
import { PALETTE } from './palette.js';
import { START } from './start.js';

const TILE_PX = 512;
const lat = (START.lat * Math.PI) / 180;
const MASK = `url("${urlOf(outline)}")`;
const WORLD = {
  maskImage: MASK,
  WebkitMaskImage: MASK,
  // The map's start as shares of Web Mercator's square; map.css places the picture like the map.
  '--world': `${TILE_PX * 2 ** START.zoom}px`,
  '--across': String((START.lon + 180) / 360),
  '--down': String((1 - Math.asinh(Math.tan(lat)) / Math.PI) / 2),
};

/** The land of the world, as the map will show it first. */
export function WorldPicture() {
  return <div class="map-world" aria-hidden="true" style={{ ...WORLD, backgroundColor: PALETTE[theme.value].land }} />;
}
