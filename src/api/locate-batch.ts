import { z } from 'zod';
import { locateAnswerSchema } from './locate.js';
import { named } from './registry.js';
import { problemSchema } from './service.js';

export const locateLineSchema = named(
  'LocateLine',
  z.object({
    index: z.int().min(0).describe('Place of the photo in the form, from 0.'),
    filename: z.string(),
    answer: locateAnswerSchema.optional(),
    problem: problemSchema.optional().describe('In place of `answer`: why there is none.'),
  }),
);
