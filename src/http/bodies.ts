import { fault, type StreetdexError } from '../domain/errors.js';

const CHECK_MS = 1000;

/** Within each `windowMs` of a body so many bytes have to come. */
export interface BodyRate {
  readonly leastBytes: number;
  readonly windowMs: number;
}

/** Phones at the edge of their network send faster. */
export const BODY_RATE: BodyRate = { leastBytes: 32 * 1024, windowMs: 10_000 };

export interface BodyLimits extends BodyRate {
  /** Of all bodies together, from their first byte to the end of their calls. */
  readonly bytesMax: number;
}

/** The body of one call. */
export interface Body {
  /** Bytes that came. @param bytesMax of this body */
  count(bytes: number, bytesMax: number): void;
  /** Memory that is made of it besides. @throws `too_many_bytes_in_flight` (later) */
  add(bytes: number): void;
  /** It is there, or will not be: it is not waited for any more. */
  end(): void;
  /** Its call is done with it. */
  release(): void;
}

interface Held {
  bytes: number;
  windowBytes: number;
  windowStartMs: number;
  lastMs: number;
  readonly fail: (error: StreetdexError) => void;
}

/**
 * Bodies of calls: each has to come at a least rate, and together they fit a budget of memory; who only says that much will
 * come takes none. Where it is too little, of those that are being read the one goes that nothing has come of for longest, so
 * that who sends slowly is not in the way of who sends.
 */
export class Bodies {
  readonly #reading = new Set<Held>();
  readonly #limits: BodyLimits;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** @param fail is told why the body is not read on: `body_too_slow`, `too_many_bytes_in_flight` (later), `body_too_large` */
  begin(fail: (error: StreetdexError) => void): Body {
    const now = performance.now();
    const held: Held = { bytes: 0, windowBytes: 0, windowStartMs: now, lastMs: now, fail };
    this.#reading.add(held);
    this.#timer ??= setInterval(() => this.#check(), Math.min(CHECK_MS, this.#limits.windowMs / 4)).unref();
    return {
      count: (bytes, bytesMax) => this.#count(held, bytes, bytesMax),
      add: (bytes) => {
        if (this.#bytes + bytes > this.#limits.bytesMax) throw this.#tooMany();
        this.#take(held, bytes);
      },
      end: () => this.#end(held),
      release: () => {
        this.#end(held);
        this.#take(held, -held.bytes);
      },
    };
  }

  #take(held: Held, bytes: number): void {
    held.bytes += bytes;
    this.#bytes += bytes;
  }

  #count(held: Held, bytes: number, bytesMax: number): void {
    if (!this.#reading.has(held)) return;
    this.#take(held, bytes);
    held.windowBytes += bytes;
    held.lastMs = performance.now();
    if (held.bytes > bytesMax) this.#refuse(held, bodyTooLarge(bytesMax));
    while (this.#bytes > this.#limits.bytesMax && this.#reading.size > 0) {
      this.#refuse(
        [...this.#reading].reduce((a, b) => (b.lastMs < a.lastMs ? b : a)),
        this.#tooMany(),
      );
    }
  }

  #check(): void {
    const now = performance.now();
    for (const held of this.#reading) {
      if (now - held.windowStartMs < this.#limits.windowMs) continue;
      if (held.windowBytes < this.#limits.leastBytes) this.#refuse(held, this.#tooSlow(held));
      else Object.assign(held, { windowBytes: 0, windowStartMs: now });
    }
  }

  #tooMany(): StreetdexError {
    return fault(
      'too_many_bytes_in_flight',
      `The bodies of all calls take at most ${this.#limits.bytesMax} bytes of this server. Try again in a moment.`,
      { retryAfterS: 1 },
    );
  }

  #tooSlow({ windowBytes }: Held): StreetdexError {
    const { leastBytes, windowMs } = this.#limits;
    return fault(
      'body_too_slow',
      `Expected at least ${leastBytes} bytes of the body within ${windowMs / 1000} s, got ${windowBytes}. Make the picture smaller, or send it by a better network.`,
    );
  }

  /** What came of it is dropped. */
  #refuse(held: Held, error: StreetdexError): void {
    this.#end(held);
    this.#take(held, -held.bytes);
    held.fail(error);
  }

  #end(held: Held): void {
    if (!this.#reading.delete(held) || this.#reading.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

export function bodyTooLarge(bytesMax: number, got?: number) {
  return fault(
    'body_too_large',
    `Expected a body of at most ${bytesMax} bytes, got ${got ?? 'more'}. Make the picture smaller, or raise body_bytes_max.`,
  );
}
