const NAMED: Readonly<Record<string, string>> = {
  blend: 'tone-blend',
  retrieval: 'tone-retrieval',
  captions: 'tone-captions',
};
const FURTHER = 4;

/** CSS class of a side's colour and dash; the usual sides have fixed ones. */
export function toneOf(side: string, sides: readonly string[]): string {
  const named = NAMED[side];
  if (named !== undefined) return named;
  const further = sides.filter((one) => NAMED[one] === undefined);
  return `tone-${further.indexOf(side) % FURTHER}`;
}

/** A run's main side: the blend, or the first one. */
export function mainSide(sides: readonly string[]): string {
  return sides.includes('blend') ? 'blend' : (sides[0] ?? 'blend');
}

/** Classes of error: within a city, a region, a country, and beyond. */
export const ERROR_CLASSES = [
  { upToKm: 25, tone: 'error-0', name: 'up to 25 km' },
  { upToKm: 200, tone: 'error-1', name: '25 to 200 km' },
  { upToKm: 750, tone: 'error-2', name: '200 to 750 km' },
  { upToKm: Number.POSITIVE_INFINITY, tone: 'error-3', name: 'beyond 750 km' },
] as const;

export function errorTone(errorKm: number): string {
  return (ERROR_CLASSES.find(({ upToKm }) => errorKm <= upToKm) ?? ERROR_CLASSES[3]).tone;
}
