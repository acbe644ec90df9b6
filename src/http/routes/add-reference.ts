import { addReferenceBodySchema, checkedMetadataSchema } from '../../api/references.js';
import type { AddedReference } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import type { NewPhoto } from '../http-parts.js';
import { parseJson } from '../parse-json.js';
import { parseRequest } from '../parse-request.js';
import { type Body, bodyReader, bytesOfBase64, imageOf } from '../read-body.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeReference } from '../shape-reference.js';

const NUMBERS = new Set(['lat', 'lon', 'heading_deg', 'altitude_m']);

export function addReferenceRoute({ parts, shapePoints, answerOnce, bodies }: RouteParts): Route {
  const readBody = bodyReader({ bytesMax: parts.config.body_bytes_max, bodies }, 'metadata');
  return {
    ...call('POST /v1/references'),
    scope: 'write',
    summary: 'Adds a photo with its position',
    description:
      "A form with the file `image` and the JSON part `metadata` (or its fields as parts of their own), or JSON. What the metadata leaves out is read from the photo's EXIF. The same bytes are the same reference, so the call may be repeated; the bytes are kept in the index.",
    once: true,
    problems: [400, 409, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const body = await readBody(request, response);
      await answerOnce(request, response, body, async () => {
        const { id, outcome } = await parts.addPhoto(toPhoto(body));
        const reference = await (await parts.index()).reader.get(id);
        if (reference === null) throw fault('reference_lost', `Reference ${id} was ${outcome} but can not be read.`);
        const json = shapePoints<AddedReference>({ outcome, reference: shapeReference(reference) });
        return { status: outcome === 'added' ? 201 : 200, location: `/v1/references/${id}`, json };
      });
    },
  };
}

function toPhoto(body: Body): NewPhoto {
  if (body.kind === 'json') {
    const { image_base64, ...metadata } = parseRequest(addReferenceBodySchema, body.json);
    return { bytes: bytesOfBase64(image_base64), facts: toFacts(metadata) };
  }
  const { metadata, ...fields } = body.fields;
  const json = metadata === undefined ? {} : parseMetadata(metadata);
  const single = Object.entries(fields).map(([name, text]) => [name, NUMBERS.has(name) ? toNumber(text) : text]);
  const facts = toFacts({ ...json, ...Object.fromEntries(single) });
  return { bytes: imageOf(body).bytes, facts };
}

function parseMetadata(text: string): object {
  const errors = [{ path: 'metadata', message: 'Not a JSON object.' }];
  const refuse = (cause?: unknown) =>
    fault('metadata_invalid', "Expected the part 'metadata' to be a JSON object.", { errors, cause });
  let json: unknown;
  try {
    json = parseJson(Buffer.from(text), "the part 'metadata'");
  } catch (cause) {
    throw refuse(cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw refuse();
  return json;
}

/** An empty field stays as it is, to be refused: `Number('')` is 0. */
const toNumber = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);

function toFacts(json: unknown): NewPhoto['facts'] {
  const given = parseRequest(checkedMetadataSchema, json);
  return {
    ...(given.lat !== undefined && given.lon !== undefined && { point: { lat: given.lat, lon: given.lon } }),
    ...(given.captured_at !== undefined && { capturedAt: given.captured_at }),
    ...(given.heading_deg !== undefined && { headingDeg: given.heading_deg % 360 }),
    ...(given.altitude_m !== undefined && { altitudeM: given.altitude_m }),
    ...(given.author !== undefined && { author: given.author }),
    ...(given.sequence !== undefined && { sequence: given.sequence }),
    ...(given.licence !== undefined && { licence: given.licence }),
    ...(given.attribution !== undefined && { attribution: given.attribution }),
    ...(given.url !== undefined && { url: given.url }),
  };
}
