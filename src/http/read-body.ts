import express, { type Request, type Response } from 'express';
import multer from 'multer';
import { fault, hasCode, StreetdexError } from '../domain/errors.js';
import type { Bodies } from './bodies.js';
import { localsOf } from './locals.js';
import { parseJson } from './parse-json.js';
import { wholeFiles } from './whole-files.js';

const PART_BYTES_MAX = 1024 * 1024;
const FIELDS_MAX = 32;

/** A request's body: JSON, or a picture with the other parts of its form by name. */
export type Body =
  | { readonly kind: 'json'; readonly json: unknown }
  | {
      readonly kind: 'form';
      readonly image: { readonly bytes: Buffer; readonly name: string } | null;
      readonly fields: Readonly<Record<string, string>>;
    };

export interface ReadLimits {
  /** Of one body. */
  readonly bytesMax: number;
  readonly bodies: Bodies;
}

export type ReadBody = (request: Request, response: Response) => Promise<Body>;

/**
 * Reads bodies of `application/json` and `multipart/form-data` into memory, within limits; nothing is written to disk.
 * @throws `content_type_unsupported`, `content_encoding_unsupported`, `body_too_large`, `body_aborted`, `body_too_slow`,
 * `too_many_bytes_in_flight` (later), `multipart_invalid`, `json_invalid`, `json_too_complex`, `too_many_requests_in_flight`
 */
export function bodyReader(limits: ReadLimits, jsonPart: string): ReadBody {
  const { bytesMax } = limits;
  const readRaw = express.raw({ type: () => true, limit: bytesMax, inflate: false });
  const readForm = multer({
    storage: wholeFiles(bytesMax),
    limits: { fileSize: bytesMax, fieldSize: PART_BYTES_MAX, fields: FIELDS_MAX, files: 2, fieldNameSize: 100 },
  }).fields([
    { name: 'image', maxCount: 1 },
    { name: jsonPart, maxCount: 1 },
  ]);
  return async (request, response) => {
    refuseEncoding(request);
    if (request.is('multipart/form-data')) {
      await runReader(readForm, request, response, limits).catch((error) => {
        throw formError(error);
      });
      return toForm(request, jsonPart);
    }
    if (request.is('application/json') || request.is('+json')) {
      await runReader(readRaw, request, response, limits);
      // As text, and as the strings in it.
      localsOf(response).body?.add(2 * (Buffer.isBuffer(request.body) ? request.body.length : 0));
      return { kind: 'json', json: parseJson(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)) };
    }
    throw fault(
      'content_type_unsupported',
      `Expected a body of application/json or multipart/form-data, got ${request.get('content-type') ?? 'none'}.`,
    );
  };
}

/** @throws `content_encoding_unsupported` */
export function refuseEncoding(request: Request): void {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw fault(
    'content_encoding_unsupported',
    `Expected a body without Content-Encoding, got ${encoding}. Send it as it is.`,
  );
}

/**
 * Reads a body within the limits of all bodies, and takes a place among the calls that are worked on when it is there. A
 * caller that goes away ends the wait.
 */
export async function runReader(
  reader: express.RequestHandler,
  request: Request,
  response: Response,
  { bytesMax, bodies }: ReadLimits,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: unknown) => {
      // The answer is given now, and the rest is not kept. Where it may never come it is not waited for; else who sends it, a
      // process that passes calls on among them, reads the answer behind it.
      request.unpipe();
      request.removeAllListeners('data');
      request.resume();
      const restComes = hasCode(error, 'too_many_bytes_in_flight') && Number(request.get('content-length')) <= bytesMax;
      if (!restComes) response.setHeader('Connection', 'close');
      reject(error);
    };
    const body = bodies.begin(refuse);
    localsOf(response).body = body;
    const count = (chunk: Buffer) => body.count(chunk.length, bytesMax);
    request.once('close', () => {
      body.end();
      if (!request.complete) reject(bodyAborted());
    });
    reader(request, response, (error?: unknown) => {
      body.end();
      request.off('data', count);
      if (error === undefined) resolve();
      else reject(request.destroyed && !request.complete ? bodyAborted() : error);
    });
    request.on('data', count);
  });
  localsOf(response).takePlace?.();
}

/** What the form's parser says of a broken one comes as a plain error. */
export function formError(error: unknown): unknown {
  if (error instanceof multer.MulterError || error instanceof StreetdexError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return fault('multipart_invalid', `The multipart body can not be read: ${why}.`, { cause: error });
}

const bodyAborted = () => fault('body_aborted', 'The request ended before its body was complete.');

/** The files of a form by the names of their parts. */
export function filesOf(request: Request): Readonly<Record<string, Express.Multer.File[]>> {
  // multer's `fields()` gives no list, which its type allows for.
  return (request.files ?? {}) as Record<string, Express.Multer.File[]>;
}

function toForm(request: Request, jsonPart: string): Body {
  const files = filesOf(request);
  const given: Readonly<Record<string, unknown>> = request.body ?? {};
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string') {
      throw fault('multipart_invalid', `Expected the part '${name}' once.`, {
        errors: [{ path: name, message: 'Given more than once.' }],
      });
    }
    fields[name] = value;
  }
  // A browser sends a Blob of JSON as a file.
  const json = files[jsonPart]?.[0];
  if (json !== undefined) {
    if (fields[jsonPart] !== undefined) throw fault('multipart_invalid', `Expected the part '${jsonPart}' once.`);
    fields[jsonPart] = json.buffer.toString('utf8');
  }
  const image = files.image?.[0];
  return { kind: 'form', image: image ? { bytes: image.buffer, name: image.originalname } : null, fields };
}

/** The picture of a form. @throws `image_missing`, `image_empty` */
export function imageOf(body: Extract<Body, { kind: 'form' }>): { bytes: Buffer; name: string } {
  if (body.image === null) {
    const errors = [{ path: 'image', message: 'Expected a file.' }];
    throw fault('image_missing', "Expected a file part 'image' (with a filename), got none.", { errors });
  }
  if (body.image.bytes.length === 0) {
    throw fault('image_empty', "Expected the bytes of a picture in the part 'image', got an empty file.");
  }
  return body.image;
}

/** Bytes of a base64 field. @throws `image_base64_invalid` */
export function bytesOfBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64: then fewer bytes come out than the text's length says.
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (bytes.length !== Math.floor((digits * 3) / 4) || bytes.length === 0) {
    const errors = [{ path: 'image_base64', message: 'Not base64.' }];
    throw fault(
      'image_base64_invalid',
      'Expected image_base64 to be base64 without line breaks and without a data: prefix.',
      { errors },
    );
  }
  return bytes;
}
