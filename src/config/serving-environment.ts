/**
 * Of the process that answers. glibc keeps what was freed for each of its arenas, of which it makes eight for each core: with
 * two, 33 pictures of mixed kinds at once take 1,070 MB in place of up to 1,260.
 */
export function servingEnvironment(): NodeJS.ProcessEnv {
  return { MALLOC_ARENA_MAX: '2', ...process.env };
}
