import { fault } from '../domain/errors.js';

/** Milliseconds since 1970 of an ISO 8601 time; one without a zone is read as UTC, so that it means the same everywhere. */
export function capturedMs(time: string): number | null {
  const zoned = /T.*(Z|[+-]\d{2}:?\d{2})$/i.test(time) || !time.includes('T') ? time : `${time}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * The first and last millisecond that a filter's bound stands for: a date alone is its whole day in UTC.
 * @throws `bad_time`
 */
export function boundMs(name: string, time: string): { readonly first: number; readonly last: number } {
  const first = capturedMs(time);
  if (first === null) throw fault('bad_time', `Expected ${name} as an ISO 8601 time such as 2024-05-01, got ${time}.`);
  return { first, last: time.includes('T') ? first : first + DAY_MS - 1 };
}

const DAY_MS = 86_400_000;
