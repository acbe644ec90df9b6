import { hintsSchema } from '../api/hints.js';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { describeIssue } from '../http/parse-request.js';
import type { Hints } from '../locate/hints.js';
import { toHints } from '../locate/to-hints.js';
import type { Invocation } from './command.js';
import { HINT_FLAGS } from './hint-flags.js';

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
  const issue = present(parsed.error.issues[0]);
  const flag = FIELDS[String(issue.path[0])] ?? 'hint-country';
  throw wrong(flag, text(flag), flag.endsWith('country') ? ` ${describeIssue(issue)[0]?.message}` : '');
}

/** @param why further reason, after the value that came */
function wrong(flag: HintFlag, value: string | undefined, why = '') {
  const got = why === '' ? `, but got ${value}.` : `.${why}`;
  return fault('usage', `Expected --${flag} ${HINT_FLAGS[flag].value}${got}`);
}
