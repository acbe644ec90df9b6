import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { fault, StreetdexError } from '../../../src/domain/errors.js';
import { receiveError, type SentError, sendError } from '../../../src/domain/sent-error.js';

/** As it arrives in another thread. */
async function crossed(error: unknown): Promise<StreetdexError> {
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise<SentError>((resolve) => port2.once('message', resolve));
  port1.postMessage(sendError(error));
  const sent = await arrived;
  port1.close();
  return receiveError(sent);
}

describe('an error that crosses between threads', () => {
  it('keeps its code, its sentence, its details, when to try again, and where it was thrown', async () => {
    const errors = [{ path: 'labels.3', message: 'Expected a text.' }];
    const error = fault('encoder_busy', 'Try again.', { errors, retryAfterS: 7 });
    const got = await crossed(error);
    expect(got).toBeInstanceOf(StreetdexError);
    expect(got).toMatchObject({ code: 'encoder_busy', family: 'later', message: 'Try again.' });
    expect(got.options).toEqual({ errors, retryAfterS: 7 });
    expect(got.stack).toBe(error.stack);
  });

  it('is a worker’s failure where nobody expected it', async () => {
    for (const [thrown, said] of [
      [new TypeError('x is not a function'), 'x is not a function'],
      ['only words', 'only words'],
    ] as const) {
      const got = await crossed(thrown);
      expect(got).toMatchObject({ code: 'worker_failed', family: 'ours', message: `A worker failed: ${said}` });
    }
  });
});
