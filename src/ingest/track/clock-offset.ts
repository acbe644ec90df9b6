import { callerError } from '../../domain/errors.js';

/**
 * What to add to a camera's clock to get UTC, in seconds: `-7200`, `-02:00`, `+00:00:35`.
 * @throws `clock_offset_invalid`
 */
export function parseClockOffset(text: string): number {
  const trimmed = text.trim();
  if (/^[+-]?\d{1,6}(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const match = /^([+-])?(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(trimmed);
  if (match && Number(match[3]) < 60 && Number(match[4] ?? 0) < 60) {
    const size = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === '-' ? -size : size;
  }
  throw callerError(
    'clock_offset_invalid',
    `Expected what to add to the camera's clock to get UTC, as seconds or ±HH:MM[:SS] (-02:00 for a camera on Berlin's summer time), got ${JSON.stringify(text)}.`,
  );
}
