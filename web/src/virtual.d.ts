/** Made by web/build/basemap.ts at build: URLs of files, relative to the page. */
declare module 'virtual:basemap' {
  export const land: string;
  export const borders: string;
  export const labels: string;
  /** An SVG of the land on the square of Web Mercator. */
  export const outline: string;
  /** ISO codes of all countries. */
  export const iso2Codes: readonly string[];
}
