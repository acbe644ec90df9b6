import { fault, type StreetdexError } from '../domain/errors.js';
import { bodyTooLarge } from './limits.js';

const CHECK_MS = 1000;

/** Within each `windowMs` of a body so many bytes have to come. */
export interface BodyRate {
  readonly leastBytes: number;
  readonly windowMs: number;
}

export interface BodyLimits extends BodyRate {
  /** Of all bodies that are being read, together. */
  readonly bytesMax: number;
}

/** Phones at the edge of their network send faster. */
export const BODY_RATE: BodyRate = { leastBytes: 32 * 1024, windowMs: 10_000 };

interface Reading {
  bytes: number;
  windowBytes: number;
  windowStartMs: number;
  lastMs: number;
  readonly fail: (error: StreetdexError) => void;
}

export interface WatchedBody {
  /** @param bytesMax of this body */
  count(bytes: number, bytesMax: number): void;
  end(): void;
}

/**
 * Bodies that are being read: each has to come at a least rate, and together they fit a budget of memory. Where they do not,
 * the one goes that nothing has come of for longest, so that who sends slowly is not in the way of who sends.
 */
export class BodyWatch {
  readonly #readings = new Set<Reading>();
  readonly #limits: BodyLimits;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** @param fail is told why the body is not read on: `body_too_slow`, `bodies_too_large` (later), `body_too_large` */
  watch(fail: (error: StreetdexError) => void): WatchedBody {
    const now = performance.now();
    const reading: Reading = { bytes: 0, windowBytes: 0, windowStartMs: now, lastMs: now, fail };
    this.#readings.add(reading);
    this.#timer ??= setInterval(() => this.#check(), Math.min(CHECK_MS, this.#limits.windowMs / 4)).unref();
    return {
      count: (bytes, bytesMax) => this.#count(reading, bytes, bytesMax),
      end: () => this.#end(reading),
    };
  }

  #count(reading: Reading, bytes: number, bytesMax: number): void {
    if (!this.#readings.has(reading)) return;
    reading.bytes += bytes;
    reading.windowBytes += bytes;
    reading.lastMs = performance.now();
    this.#bytes += bytes;
    if (reading.bytes > bytesMax) this.#refuse(reading, bodyTooLarge(bytesMax));
    if (this.#bytes <= this.#limits.bytesMax) return;
    const slowest = [...this.#readings].reduce((a, b) => (b.lastMs < a.lastMs ? b : a));
    this.#refuse(
      slowest,
      fault('bodies_too_large', 'The bodies that are being sent are more than this server keeps. Try again soon.', {
        retryAfterS: 5,
      }),
    );
  }

  #check(): void {
    const now = performance.now();
    for (const reading of this.#readings) {
      if (now - reading.windowStartMs < this.#limits.windowMs) continue;
      if (reading.windowBytes < this.#limits.leastBytes) this.#refuse(reading, this.#tooSlow(reading));
      else Object.assign(reading, { windowBytes: 0, windowStartMs: now });
    }
  }

  #tooSlow({ windowBytes }: Reading): StreetdexError {
    const { leastBytes, windowMs } = this.#limits;
    return fault(
      'body_too_slow',
      `Expected at least ${leastBytes} bytes of the body within ${windowMs / 1000} s, got ${windowBytes}. Make the picture smaller, or send it by a better network.`,
    );
  }

  #refuse(reading: Reading, error: StreetdexError): void {
    this.#end(reading);
    reading.fail(error);
  }

  #end(reading: Reading): void {
    if (!this.#readings.delete(reading)) return;
    this.#bytes -= reading.bytes;
    if (this.#readings.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
