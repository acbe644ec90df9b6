/** Before it, a read could repair an object by a partial view of it, without its vector (fixed in 1.37.14 and 1.38.7). */
export const VERSION_MIN = [1, 38, 7] as const;
