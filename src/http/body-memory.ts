import type { RequestHandler, Response } from 'express';
import { fault } from '../domain/errors.js';
import { localsOf } from './locals.js';

/** Bodies of the largest size that all calls together may have in memory. */
const BODIES_MAX = 6;

/**
 * Counts the bytes of bodies as they come, until their calls are done: who only says that much will come takes none. A call
 * that would take more than there is for all is refused, also in the middle of its body.
 */
export function limitBodyMemory(bodyBytesMax: number): RequestHandler {
  const bytesMax = BODIES_MAX * bodyBytesMax;
  let taken = 0;
  return (_request, response, next) => {
    let own = 0;
    localsOf(response).takeBodyBytes = (bytes) => {
      if (taken + bytes > bytesMax) {
        throw fault(
          'too_many_bytes_in_flight',
          `This server has ${taken} bytes of calls in work and takes at most ${bytesMax}. Try again in a moment.`,
          { retryAfterS: 1 },
        );
      }
      taken += bytes;
      own += bytes;
    };
    localsOf(response).leaveBodyMemory = () => {
      taken -= own;
      own = 0;
    };
    next();
  };
}

/** Takes room for a part of the call's body, where its room is limited. @throws `too_many_bytes_in_flight` */
export function takeBodyBytes(response: Response, bytes: number): void {
  localsOf(response).takeBodyBytes?.(bytes);
}

/** For a call that is done with its body, whether it had one or not. */
export function leaveBodyMemory(response: Response): void {
  localsOf(response).leaveBodyMemory?.();
}
