import { z } from 'zod';
import { countryCode, noSuchCountry } from '../gazetteer/country-code.js';
import { named } from './registry.js';

export const latitude = z.number().min(-90).max(90).describe('Degrees north, WGS 84.');
export const longitude = z.number().min(-180).max(180).describe('Degrees east, WGS 84.');

export const pointSchema = named('Point', z.object({ lat: latitude, lon: longitude }));

/** As GeoJSON writes a point. An array, not a tuple: tools that read the document take `prefixItems` for an error. */
export const positionSchema = z.array(z.number()).length(2).describe('Longitude and latitude, WGS 84.');

/** A country's ISO code; `pl` and `Poland` are taken as `PL`. */
export const iso2 = z
  .string()
  .min(2)
  .max(100)
  .transform((text, context) => {
    const code = countryCode(text);
    if (code !== null) return code;
    context.addIssue({ code: 'custom', message: noSuchCountry(text) });
    return z.NEVER;
  });

export const referenceIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "Expected 32 hex digits: the start of the sha-256 of a photo's bytes.");

/** A day or a moment, as RFC 3339 writes it; one without a zone is stored as local time, and compared as UTC. */
export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true, local: true })], {
    error: 'Expected a date or time as 2024-05-17 or 2024-05-17T12:30:00Z.',
  })
  .describe('A date or time, ISO 8601.');

export const capturedAfter = moment.describe(
  'Taken at this time or later; a date alone is the beginning of that day (UTC).',
);
export const capturedBefore = moment.describe('Taken at this time or earlier; a date alone includes that day (UTC).');

/** A list of numbers in a query string. */
export const numbers = (text: string) =>
  text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));

export const bboxSchema = z
  .tuple([longitude, latitude, longitude, latitude])
  .refine(([, south, , north]) => south <= north, 'Expected west, south, east, north with south <= north.')
  .describe('west, south, east, north in degrees; west > east crosses 180°.');

export const nearSchema = z
  .strictObject({ lat: latitude, lon: longitude, km: z.number().positive().max(20_016) })
  .describe('Within km of a point.');

export const placeLevelSchema = z.enum(['country', 'region', 'city']);

export const placeSchema = named(
  'NearestPlace',
  z.object({
    name: z.string().nullable(),
    region: z.string().nullable(),
    country: z.string().nullable(),
    iso2: z.string().nullable(),
    distance_km: z.number().min(0).nullable(),
  }),
);
