/** The map's initial position; degrees. */
export const START = { lat: 25, lon: 10, zoom: 1.2 } as const;
