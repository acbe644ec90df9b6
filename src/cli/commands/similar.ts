import { callerError, StreetdexError } from '../../domain/errors.js';
import { readPlainFile } from '../../images/plain-file.js';
import { type QueryInput, resolveQuery } from '../../locate/resolve-query.js';
import { findSimilar } from '../../search/similar.js';
import { type Command, JSON_FLAG } from '../command.js';
import { table } from '../table.js';
import { print, printJson, withApp } from '../with-app.js';

export const similar: Command = {
  name: 'similar',
  arguments: '[PHOTO]',
  summary: 'Find the references that look like a photo, a reference or some words.',
  examples: [
    'streetdex similar photo.jpg --index indexes/city --limit 5',
    'streetdex similar --id 3f1c… --index indexes/city',
    'streetdex similar --text "narrow street with palm trees" --index indexes/city --json',
  ],
  flags: {
    id: { type: 'string', value: 'ID', describe: 'Ask with a reference of the index.' },
    text: { type: 'string', value: 'WORDS', describe: 'Ask with words.' },
    limit: { type: 'string', value: 'N', describe: 'How many references (10).' },
    'min-score': { type: 'string', value: 'COSINE', describe: 'Leave out what is less alike.' },
    collapse: { type: 'boolean', describe: 'One of each group (same sequence, or within 25 m).' },
    exact: { type: 'boolean', describe: 'Compare with every reference in place of asking the graph.' },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'threads', 'execution_provider'],
  positionals: [0, 1],
  run: ({ config, positionals, text, on }) =>
    withApp(config, async (app) => {
      const input = await queryInput(positionals[0], text('id'), text('text'));
      const limit = Number(text('limit') ?? 10);
      if (!Number.isInteger(limit) || limit < 1 || limit > config.k_max) {
        throw callerError(
          'usage',
          `Expected --limit to be a whole number from 1 to ${config.k_max}, but got ${text('limit')}.`,
        );
      }
      const minScore = text('min-score') === undefined ? undefined : Number(text('min-score'));
      if (Number.isNaN(minScore))
        throw callerError('usage', `Expected --min-score to be a number, but got ${text('min-score')}.`);
      await app.checkModel();
      const references = await app.references();
      const query = await resolveQuery(input, { model: () => app.model(), references });
      const found = await findSimilar(
        query,
        { references },
        { limit, exact: on('exact'), collapse: on('collapse'), ...(minScore === undefined ? {} : { minScore }) },
      );
      const rows = found.map((result) => ({ ...result, reference: references.get(result.id) }));
      if (on('json')) {
        printJson({
          results: rows.map(({ id, score, reference }) => ({
            id,
            score,
            point: reference?.point ?? null,
            source: reference?.sources[0]?.path ?? null,
            captured_at: reference?.capturedAt ?? null,
          })),
          exact: on('exact'),
        });
      } else if (rows.length === 0) print('No reference is like it.');
      else {
        print(
          table(
            rows.map(({ id, score, reference }) => [
              score.toFixed(4),
              reference ? `${reference.point.lat.toFixed(5)}, ${reference.point.lon.toFixed(5)}` : '',
              id.slice(0, 12),
              reference?.sources[0]?.path ?? '',
            ]),
            ['cosine', 'position', 'id', 'source'],
          ),
        );
      }
      return undefined;
    }),
};

async function queryInput(
  photo: string | undefined,
  id: string | undefined,
  words: string | undefined,
): Promise<QueryInput> {
  if ([photo, id, words].filter((value) => value !== undefined).length !== 1) {
    throw callerError('usage', 'Expected one of a photo, --id ID and --text WORDS. See streetdex similar --help.');
  }
  if (photo !== undefined) return { kind: 'image', bytes: await readPhoto(photo) };
  return id !== undefined ? { kind: 'reference', id } : { kind: 'text', text: words as string };
}

/** @throws `file_missing`, `not_a_file`, `unreadable` */
export async function readPhoto(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file);
  } catch (error) {
    if (!(error instanceof StreetdexError)) throw error;
    throw callerError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
