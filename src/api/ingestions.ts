import { z } from 'zod';
import { named } from './registry.js';

const path = z.string().min(1).max(4000);

export const newIngestionSchema = named(
  'NewIngestion',
  z.strictObject({
    sources: z
      .array(path)
      .min(1)
      .max(100)
      .describe('Folders, manifests or photos; each begins with the name of an allowed folder (`roots`).'),
    images: path.optional().describe('Folder of the photos that manifests name.'),
    gpx: z.array(path).max(100).optional().describe('GPX tracks that give positions by capture time.'),
    clock_offset: z
      .string()
      .max(20)
      .optional()
      .describe('What to add to times that name no zone to get UTC, for tracks: seconds, or ±HH:MM[:SS].'),
    clock_correction: z
      .string()
      .max(20)
      .optional()
      .describe('What to add to every time because the camera’s clock was wrong, for tracks: seconds, or ±HH:MM[:SS].'),
    gap_max_s: z
      .number()
      .positive()
      .optional()
      .describe('Longest gap within a segment of a track that is bridged, in seconds.'),
    recheck: z
      .boolean()
      .optional()
      .describe('Read and hash every photo, also where the file’s size, times and inode are those of before.'),
    retry_failed: z.boolean().optional().describe('Try photos again that failed before and have not changed.'),
  }),
);

const failureShape = { path: z.string(), code: z.string(), reason: z.string() };

const whichFailures = {
  code: z.string().min(1).max(100).optional().describe('Only failures with this code.'),
  q: z.string().min(1).max(200).optional().describe('Only those with this text in their path or reason.'),
};

export const retryIngestionSchema = named('RetryIngestion', z.strictObject(whichFailures));

export const ingestionSchema = named(
  'Ingestion',
  z.object({
    id: z.string(),
    state: z
      .enum(['running', 'finished', 'stopped', 'failed', 'interrupted'])
      .describe('`interrupted`: its process ended before it did; a new one goes on where it ended.'),
    sources: z.array(z.string()),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    done: z.int(),
    total: z.int().nullable().describe('null until the photos are counted, and for runs of before.'),
    rate: z.number().nullable().describe('Photos a second.'),
    seconds_left: z.number().nullable(),
    counts: z.record(z.string(), z.number()).describe('Photos by what became of them.'),
    failures: z.array(z.object(failureShape)).describe('The first 1,000 of this run.'),
    notices: z.array(z.string()),
    problem: z.object({ code: z.string(), detail: z.string() }).nullable().describe('Why it failed.'),
  }),
);

export const ingestionListSchema = named(
  'Ingestions',
  z.object({
    roots: z.array(z.string()).describe('Names of the folders that may be ingested.'),
    ingestions: z.array(ingestionSchema).describe('The newest first.'),
  }),
);

export const failuresQuerySchema = z.strictObject({
  ingestion: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Only those that this ingestion was the last to meet, by its id: the others were met again, or mended.'),
  ...whichFailures,
  limit: z.coerce
    .number<number>()
    .pipe(z.int().min(1).max(10_000))
    .meta({ type: 'integer', minimum: 1, maximum: 10_000, description: '1,000 by default.' })
    .optional(),
});

export const failuresSchema = named(
  'Failures',
  z.object({
    failures: z.array(
      z.object({
        id: z.int(),
        root: z
          .string()
          .describe('The folder that `path` lies in: its name in ingestions, or the last part of its path.'),
        ...failureShape,
        at: z.string(),
        ingestion: z
          .string()
          .nullable()
          .describe('The last that met it, which may be retried; null where it is not known.'),
        thumbnail: z.boolean().describe('Whether its bytes were read, so that it may have a thumbnail.'),
      }),
    ),
    total: z.int(),
    codes: z
      .array(z.object({ code: z.string(), count: z.int() }))
      .describe('How many there are of each code, whatever `code` and `q` ask for.'),
  }),
);
