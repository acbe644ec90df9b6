import { setTimeout as wait } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { locateOptionsSchema } from '../../api/locate.js';
import type { LocateAnswer, LocateLine } from '../../api/types.js';
import { fault, hasCode } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { AnswerOptions } from '../../locate/answer-query.js';
import { Bodies } from '../bodies.js';
import { toAnswerOptions } from '../locate-options.js';
import { parseRequest } from '../parse-request.js';
import { plainName } from '../plain-name.js';
import { problemWithin } from '../problem.js';
import { batchReader } from '../read-batch.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeLocated } from '../shape-located.js';

const NDJSON = 'application/x-ndjson';
/** The next picture is decoded while one is with the encoder; more would only take single queries' places. */
const AHEAD = 2;
const BUSY_PAUSE_MS = 200;
const BUSY_LIMIT_MS = 60_000;

type Image = { readonly bytes: Buffer; readonly name: string };

export function locateBatchRoute({ parts, shapePoints, bodyRate }: RouteParts): Route {
  const { batch_bytes_max, batch_images_max, body_bytes_max, round_km } = parts.config;
  const readBatch = batchReader({
    bytesMax: batch_bytes_max,
    // Batches have a budget of their own, of one of the largest: only one is worked on at a time.
    bodies: new Bodies({ ...bodyRate, bytesMax: batch_bytes_max }),
    imageBytesMax: body_bytes_max,
    imagesMax: batch_images_max,
  });
  let busy = false;

  const answerOne = async ({ bytes }: Image, options: AnswerOptions, gone: AbortSignal) => {
    if (bytes.length === 0) throw fault('image_empty', 'Expected the bytes of a picture, got an empty file.');
    const locate = () => parts.locate({ kind: 'image', bytes }, { ...options, signal: gone });
    return shapePoints(shapeLocated(await whenNotBusy(locate, gone), round_km));
  };

  const refuseWhileBusy = () => {
    if (!busy) return;
    throw fault('batch_busy', 'The server works on another batch. Try again when it is done.', { retryAfterS: 10 });
  };

  return {
    ...call('POST /v1/locate/batch'),
    scope: 'read',
    summary: 'Says where each of several photos was taken',
    description:
      'A form with files `image` and maybe one JSON part `options` for all of them. The answer has a line for each, in their order, sent as soon as it is known: its `index`, its file name, and `answer` as `/v1/locate` gives it, or `problem`. A caller that goes away ends the work. The server works on one batch at a time, and single queries go between its pictures.',
    bodyBytesMax: batch_bytes_max,
    problems: [400, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      refuseWhileBusy();
      const { images, options } = await readBatch(request, response);
      const given = await toAnswerOptions(parseRequest(locateOptionsSchema, options), parts.collection);
      // Another one may have come sooner to the end of its body.
      refuseWhileBusy();
      busy = true;
      try {
        await sendLines(request, response, images, (image, gone) => answerOne(image, given, gone));
      } finally {
        busy = false;
      }
    },
  };
}

/** Answers the images in order, `AHEAD` of them in work, until all are sent or the caller is gone. */
async function sendLines(
  request: Request,
  response: Response,
  images: readonly Image[],
  answer: (image: Image, gone: AbortSignal) => Promise<LocateAnswer>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.status(200).setHeader('Content-Type', NDJSON);
  response.setHeader('Cache-Control', 'no-store').setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  const line = async (image: Image, index: number): Promise<LocateLine> => {
    const about = { index, filename: plainName(image.name) };
    try {
      return { ...about, answer: await answer(image, gone.signal) };
    } catch (error) {
      return { ...about, problem: problemWithin(error, request, response) };
    }
  };
  const running: ReturnType<typeof line>[] = [];
  for (let next = 0; running.length > 0 || next < images.length; ) {
    while (next < images.length && running.length < AHEAD && !gone.signal.aborted) {
      running.push(line(present(images[next]), next));
      next++;
    }
    const first = running.shift();
    if (first === undefined) return;
    const done = await first;
    if (!gone.signal.aborted) response.write(`${JSON.stringify(done)}\n`);
  }
  response.end();
}

/** Where single queries keep the encoder busy, a batch waits for its turn. */
async function whenNotBusy<T>(work: () => Promise<T>, gone: AbortSignal): Promise<T> {
  for (const until = performance.now() + BUSY_LIMIT_MS; ; ) {
    try {
      return await work();
    } catch (error) {
      const busy = hasCode(error, 'encoder_busy') || hasCode(error, 'decoder_busy');
      if (!busy || gone.aborted || performance.now() > until) throw error;
      await wait(BUSY_PAUSE_MS, undefined, { signal: gone }).catch(() => undefined);
    }
  }
}
