import type { ErrorCode } from '../../domain/error-codes.js';
import { fault } from '../../domain/errors.js';

interface ClockOption {
  readonly code: ErrorCode;
  /** What the option expects, with an example. */
  readonly expected: string;
}

export const ZONE_OF_CLOCK: ClockOption = {
  code: 'clock_offset_invalid',
  expected:
    'what to add to times without a zone to get UTC, as seconds or ±HH:MM[:SS] (-02:00 for a camera on Berlin’s summer time)',
};

export const ERROR_OF_CLOCK: ClockOption = {
  code: 'clock_correction_invalid',
  expected:
    'what to add to every time because the camera’s clock was wrong, as seconds or ±HH:MM[:SS] (+00:00:35 for a clock 35 s slow)',
};

/**
 * Seconds of `-7200`, `-02:00` or `+00:00:35`.
 * @throws the option's code
 */
export function parseSeconds(text: string, option: ClockOption): number {
  const trimmed = text.trim();
  if (/^[+-]?\d{1,9}(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const match = /^([+-])?(\d{1,6}):(\d{2})(?::(\d{2}))?$/.exec(trimmed);
  if (match && Number(match[3]) < 60 && Number(match[4] ?? 0) < 60) {
    const size = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -size : size;
  }
  throw fault(option.code, `Expected ${option.expected}, got ${JSON.stringify(text)}.`);
}
