import type { RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { fault } from '../domain/errors.js';
import { bodyTooLarge } from './bodies.js';
import { localsOf } from './locals.js';

/** The places of calls that are worked on. */
export interface InFlight {
  count(): number;
  /** Refuses a call that would find no place, before its body is read. @throws `too_many_requests_in_flight` */
  check(response: Response): void;
  /**
   * Takes a place until `leaveFlight`: from the end of a call's body to the end of the work. Who sends or reads slowly holds
   * a connection, and no place. @throws `too_many_requests_in_flight`
   */
  take(response: Response): void;
}

/** The last quarter of the places is for who holds less than a quarter: one caller alone can take three of four. */
const SHARED = 0.75;
const OWN = 0.25;

export function limitInFlight(max: number): InFlight {
  const byCaller = new Map<string, number>();
  let running = 0;
  const check = (response: Response) => {
    const own = byCaller.get(callerOf(response)) ?? 0;
    if (running < max && (running < SHARED * max || own < OWN * max)) return;
    throw fault('too_many_requests_in_flight', `This server works on ${max} requests at once. Try again soon.`);
  };
  const count = (caller: string, by: 1 | -1) => {
    running += by;
    const own = (byCaller.get(caller) ?? 0) + by;
    if (own > 0) byCaller.set(caller, own);
    else byCaller.delete(caller);
  };
  return {
    count: () => running,
    check,
    take: (response) => {
      check(response);
      const caller = callerOf(response);
      count(caller, 1);
      let counted = true;
      localsOf(response).leaveFlight = () => {
        if (counted) count(caller, -1);
        counted = false;
      };
    },
  };
}

/** The key that a call shows, else its address. */
function callerOf(response: Response): string {
  const { key, address = '' } = localsOf(response);
  return key == null ? ipKeyGenerator(address) : `key:${key.sha256.toString('hex')}`;
}

/** For a call whose work is done, or that takes no place of those that work. */
export function leaveFlight(response: Response): void {
  localsOf(response).leaveFlight?.();
}

/** The places of photos that are being worked on, from the end of their upload to their answer. */
export interface PhotoPlaces {
  /** Refuses a photo that would find no place, before it is read. @throws `encoder_busy` */
  check(): void;
  /** Takes a place until `leavePhotoPlace`. @throws `encoder_busy` */
  take(response: Response): void;
}

/**
 * One photo with the encoder and `queueMax` that wait for it, wherever they stand between decoder and judgement: queues
 * before each step would add up, and a photo be decoded only to be refused. When the caller goes away what waits is
 * dropped, and the place given back with what was in hand.
 */
export function limitPhotos(queueMax: number): PhotoPlaces {
  let taken = 0;
  let lastMs = 0;
  const check = () => {
    if (taken <= queueMax) return;
    // Who comes now and waits as long as the last one did would find the queue worked off.
    const waitS = Math.max(1, Math.ceil(lastMs / 1000));
    throw fault(
      'encoder_busy',
      `The encoder has ${taken} photos waiting and takes no more; try again in about ${waitS} s.`,
      { retryAfterS: waitS },
    );
  };
  return {
    check,
    take: (response) => {
      check();
      taken++;
      const takenMs = performance.now();
      localsOf(response).leavePhotoPlace = () => {
        taken--;
        lastMs = performance.now() - takenMs;
      };
    },
  };
}

/** For a call that is over, whether it took a place or not. */
export function leavePhotoPlace(response: Response): void {
  localsOf(response).leavePhotoPlace?.();
}

/** Calls a minute for each key, or each address; answers carry the draft-8 headers. @throws `rate_limited` */
export function limitRate(perMinute: number): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    identifier: 'per-minute',
    legacyHeaders: false,
    keyGenerator: (_request, response) => callerOf(response),
    handler: (_request, response, next) => {
      const seconds = Number(response.getHeader('Retry-After') ?? 60);
      next(
        fault('rate_limited', `Only ${perMinute} calls a minute are allowed. Try again in ${seconds} s.`, {
          retryAfterS: seconds,
        }),
      );
    },
  });
}

/** Refuses a body that says it is too large before any of it is read. @throws `body_too_large` */
export function limitDeclaredBody(bytesMax: number): RequestHandler {
  return (request, response, next) => {
    const declared = Number(request.get('content-length') ?? 0);
    if (declared <= bytesMax) return next();
    // What a client still sends is read and dropped so that it sees the answer; far too much of it is cut off.
    if (declared > 4 * bytesMax) response.setHeader('Connection', 'close');
    throw bodyTooLarge(bytesMax, declared);
  };
}
