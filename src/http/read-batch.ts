import type { Request, Response } from 'express';
import multer from 'multer';
import { fault } from '../domain/errors.js';
import { parseJson } from './parse-json.js';
import { filesOf, formError, type ReadLimits, refuseEncoding, runReader } from './read-body.js';
import { wholeFiles } from './whole-files.js';

const PART_BYTES_MAX = 1024 * 1024;

interface Batch {
  readonly images: readonly { readonly bytes: Buffer; readonly name: string }[];
  readonly options: unknown;
}

export interface BatchLimits extends ReadLimits {
  readonly imageBytesMax: number;
  readonly imagesMax: number;
}

/**
 * Reads a form of several files `image` and maybe a JSON part `options` into memory.
 * @throws `content_type_unsupported`, `content_encoding_unsupported`, `body_too_large`, `body_aborted`,
 * `multipart_invalid`, `batch_too_long`, `image_missing`, `options_invalid`
 */
export function batchReader(limits: BatchLimits): (request: Request, response: Response) => Promise<Batch> {
  const { imageBytesMax, imagesMax } = limits;
  const readForm = multer({
    storage: wholeFiles(imageBytesMax),
    limits: {
      ...{ fileSize: imageBytesMax, fieldSize: PART_BYTES_MAX, fields: 1, files: imagesMax + 2, fieldNameSize: 100 },
    },
    defParamCharset: 'utf8',
  }).fields([{ name: 'image' }, { name: 'options', maxCount: 1 }]);
  return async (request, response) => {
    refuseEncoding(request);
    if (!request.is('multipart/form-data')) {
      throw fault(
        'content_type_unsupported',
        `Expected a body of multipart/form-data, got ${request.get('content-type') ?? 'none'}.`,
      );
    }
    await runReader(readForm, request, response, limits).catch((error) => {
      if (error instanceof multer.MulterError && error.code === 'LIMIT_FILE_COUNT') throw tooLong(imagesMax);
      throw formError(error);
    });
    return toBatch(request, imagesMax);
  };
}

function toBatch(request: Request, imagesMax: number): Batch {
  const files = filesOf(request);
  const images = (files.image ?? []).map(({ buffer, originalname }) => ({ bytes: buffer, name: originalname }));
  if (images.length === 0) {
    const errors = [{ path: 'image', message: 'Expected files.' }];
    throw fault('image_missing', "Expected file parts 'image' (with filenames), got none.", { errors });
  }
  if (images.length > imagesMax) throw tooLong(imagesMax);
  const given: Readonly<Record<string, unknown>> = request.body ?? {};
  const { options: field, ...others } = given;
  const names = Object.keys(others);
  if (names.length > 0) {
    throw fault('multipart_invalid', `Expected the parts 'image' and 'options', got also ${names.join(', ')}.`);
  }
  const file = files.options?.[0]?.buffer;
  if (file !== undefined && field !== undefined) {
    throw fault('multipart_invalid', "Expected the part 'options' once.");
  }
  // A browser sends a Blob of JSON as a file.
  const text = file ?? (field === undefined ? undefined : Buffer.from(String(field)));
  return { images, options: text === undefined ? {} : parseOptions(text) };
}

function parseOptions(text: Buffer): unknown {
  try {
    return parseJson(text, "the part 'options'");
  } catch (cause) {
    throw fault('options_invalid', "Expected the part 'options' to be a JSON object.", {
      cause,
      errors: [{ path: 'options', message: 'Not JSON.' }],
    });
  }
}

const tooLong = (imagesMax: number) =>
  fault('batch_too_long', `Expected at most ${imagesMax} pictures, got more. Send them in several batches.`);
