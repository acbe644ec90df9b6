import { callerError } from '../domain/errors.js';
import { hintsSchema, toHints } from '../http/schemas/hints.js';
import type { Hints } from '../locate/hints.js';
import type { Flag, Invocation } from './command.js';

/** What the asker knows of the place of all the photos of a command. */
export const HINT_FLAGS = {
  'hint-country': { type: 'string', value: 'DE,AT', describe: 'Taken in one of these countries (ISO codes).' },
  'hint-not-country': { type: 'string', value: 'US', describe: 'Taken in none of these countries.' },
  'hint-bbox': { type: 'string', value: 'W,S,E,N', describe: 'Taken within this box; west > east crosses 180°.' },
  'hint-not-bbox': { type: 'string', value: 'W,S,E,N', describe: 'Taken outside this box.' },
  'hint-near': { type: 'string', value: 'LAT,LON,KM', describe: 'Taken about there, give or take so many km.' },
} as const satisfies Readonly<Record<string, Flag>>;

type HintFlag = keyof typeof HINT_FLAGS;

const FIELDS: Readonly<Record<string, HintFlag>> = {
  country: 'hint-country',
  exclude_country: 'hint-not-country',
  bbox: 'hint-bbox',
  exclude_bbox: 'hint-not-bbox',
  near: 'hint-near',
};

/** The hints that the flags give; undefined for none. @throws `usage` that names the flag */
export function hintsOf({ text }: Pick<Invocation, 'text'>): Hints | undefined {
  const parts = (flag: HintFlag) =>
    text(flag)
      ?.split(',')
      .map((part) => part.trim());
  const numbers = (flag: HintFlag) => parts(flag)?.map((part) => (part === '' ? Number.NaN : Number(part)));
  const near = numbers('hint-near');
  if (near !== undefined && near.length !== 3) throw wrong('hint-near', text('hint-near'));
  const given = {
    country: parts('hint-country'),
    exclude_country: parts('hint-not-country'),
    bbox: numbers('hint-bbox'),
    exclude_bbox: numbers('hint-not-bbox'),
    near: near && { lat: near[0], lon: near[1], uncertainty_km: near[2] },
  };
  const parsed = hintsSchema.safeParse(Object.fromEntries(Object.entries(given).filter(([, value]) => value)));
  if (parsed.success) return toHints(parsed.data);
  const flag = FIELDS[String(parsed.error.issues[0]?.path[0])] ?? 'hint-country';
  throw wrong(flag, text(flag));
}

function wrong(flag: HintFlag, value: string | undefined) {
  return callerError('usage', `Expected --${flag} ${HINT_FLAGS[flag].value}, but got ${value}.`);
}
