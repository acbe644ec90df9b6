import type { Request, Response } from 'express';
import type { z } from 'zod';
import { QUERY_FIELDS, queryBody, type queryFieldsSchema } from '../api/query.js';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { QueryInput } from '../locate/resolve-query.js';
import type { FetchImage } from './fetch-image.js';
import type { PhotoPlaces } from './limits.js';
import { parseJson } from './parse-json.js';
import { parseRequest } from './parse-request.js';
import { bytesOfBase64, imageOf, type ReadBody } from './read-body.js';

type QueryFields = z.output<typeof queryFieldsSchema>;

interface Query<Options> {
  readonly input: QueryInput;
  readonly options: Options;
}

export type ReadQuery = <T extends z.ZodRawShape>(
  request: Request,
  response: Response,
  options: z.ZodObject<T>,
) => Promise<Query<z.output<z.ZodObject<T>>>>;

/**
 * The query of a call: a form with the file part `image` and maybe a JSON part `options`, or JSON with exactly one of the
 * query's fields and the same options beside it.
 * A photo holds one of `places` from here on.
 * @throws what `bodyReader` throws, and `query_missing`, `query_ambiguous`, `options_invalid`, `request_invalid`,
 * `encoder_busy`: for a form before it is read
 */
export function queryReader(readBody: ReadBody, fetchImage: FetchImage, places: PhotoPlaces): ReadQuery {
  return async (request, response, optionsSchema) => {
    if (request.is('multipart/form-data')) places.check();
    const body = await readBody(request, response);
    if (body.kind === 'form') {
      const { options, ...others } = body.fields;
      refuseOtherParts(others);
      const json = options === undefined ? {} : parseOptions(options);
      const parsed = parseRequest(optionsSchema, json);
      const { bytes } = imageOf(body);
      places.take(response);
      return { input: { kind: 'image', bytes }, options: parsed };
    }
    // What a spread of a generic shape parses to is more than TypeScript can tell.
    const whole = parseRequest(queryBody(optionsSchema), body.json) as QueryFields & Record<string, unknown>;
    oneQueryField(whole);
    const options = Object.fromEntries(Object.entries(whole).filter(([name]) => name in optionsSchema.shape));
    if (whole.image_url !== undefined) places.check();
    const input = await toInput(whole, fetchImage);
    if (input.kind === 'image') places.take(response);
    // Each was parsed above, by the field of the same name.
    return { input, options: options as z.output<typeof optionsSchema> };
  };
}

function refuseOtherParts(others: Readonly<Record<string, string>>): void {
  const names = Object.keys(others);
  if (names.length === 0) return;
  throw fault('multipart_invalid', `Expected the parts 'image' and 'options', got also ${names.join(', ')}.`, {
    errors: names.map((path) => ({ path, message: path === 'image' ? 'Expected a file.' : 'There is no such part.' })),
  });
}

function parseOptions(text: string): unknown {
  try {
    return parseJson(Buffer.from(text), "the part 'options'");
  } catch (cause) {
    throw fault('options_invalid', "Expected the part 'options' to be a JSON object.", {
      cause,
      errors: [{ path: 'options', message: 'Not JSON.' }],
    });
  }
}

function oneQueryField(body: QueryFields): void {
  const given = QUERY_FIELDS.filter((name) => body[name] !== undefined);
  if (given.length === 1) return;
  throw fault(
    given.length === 0 ? 'query_missing' : 'query_ambiguous',
    `Expected exactly one of ${QUERY_FIELDS.join(', ')}, got ${given.length === 0 ? 'none' : given.join(', ')}.`,
    { errors: given.map((path) => ({ path, message: 'Given beside another.' })) },
  );
}

async function toInput(body: QueryFields, fetchImage: FetchImage): Promise<QueryInput> {
  if (body.image_base64 !== undefined) return { kind: 'image', bytes: bytesOfBase64(body.image_base64) };
  if (body.image_url !== undefined) return { kind: 'image', bytes: await fetchImage(body.image_url) };
  if (body.reference_id !== undefined) return { kind: 'reference', id: body.reference_id };
  if (body.text !== undefined) return { kind: 'text', text: body.text };
  return { kind: 'embedding', embedding: present(body.embedding) };
}
