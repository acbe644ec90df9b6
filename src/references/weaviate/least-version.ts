/** Older versions can repair an object on read from a partial copy that lacks its vector (fixed in 1.37.14 and 1.38.7). */
export const VERSION_MIN = [1, 38, 7] as const;
