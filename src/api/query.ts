import { z } from 'zod';
import { referenceIdSchema } from './geo.js';

/** How a query may be given in JSON: exactly one of these. */
export const queryFieldsSchema = z
  .strictObject({
    image_base64: z.string().min(1).describe('The bytes of a picture in base64.'),
    image_url: z
      .string()
      .max(2000)
      .describe('An http(s) URL of a picture; only from hosts that the operator allows (`fetch_hosts`).'),
    reference_id: referenceIdSchema.describe('Id of a reference of this index.'),
    text: z.string().trim().min(1).max(2000).describe('Words in place of a picture.'),
    embedding: z.array(z.number()).min(1).max(8192).describe("A vector of the model's dimension, of any length but 0."),
  })
  .partial();

export const QUERY_FIELDS = queryFieldsSchema.keyof().options;

/** The JSON body of a call: one query and the options beside it. */
export function queryBody<T extends z.ZodRawShape>(options: z.ZodObject<T>) {
  return z.strictObject({ ...queryFieldsSchema.shape, ...options.shape });
}
