/** Where the map looks when nothing says otherwise; degrees. */
export const START = { lat: 25, lon: 10, zoom: 1.2 } as const;
