/** Made at build by web/build/basemap.ts: addresses of GeoJSON files, relative to the page. */
declare module 'virtual:basemap' {
  export const land: string;
  export const borders: string;
  export const labels: string;
  /** ISO codes of all countries. */
  export const iso2Codes: readonly string[];
}
