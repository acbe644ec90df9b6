import { copiesById } from '../../collection/duplicates/known-copies.js';
import { fault, StreetdexError } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { readPlainFile } from '../../images/plain-file.js';
import { type QueryInput, resolveQuery } from '../../locate/resolve-query.js';
import { findingsFile } from '../../references/beside-index.js';
import type { ReferenceReader } from '../../references/reader.js';
import { findSimilar } from '../../search/similar.js';
import type { Run } from '../command.js';
import { requireReference } from '../find-reference.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

export const similar: Run = ({ config, positionals, text, on }) =>
  withApp(
    config,
    async (app) => {
      const input = await queryInput(positionals[0], text('id'), text('text'));
      const limit = Number(text('limit'));
      if (!Number.isInteger(limit) || limit < 1 || limit > config.k_max) {
        throw fault(
          'usage',
          `Expected --limit to be a whole number from 1 to ${config.k_max}, but got ${text('limit')}.`,
        );
      }
      const minScore = text('min-score') === undefined ? undefined : Number(text('min-score'));
      if (Number.isNaN(minScore))
        throw fault('usage', `Expected --min-score to be a number, but got ${text('min-score')}.`);
      await app.checkModel();
      const { reader: references } = await app.index();
      const query = await resolveQuery(await withWholeId(input, references), { model: () => app.model(), references });
      const found = await findSimilar(
        query,
        { references },
        {
          ...{ limit, exact: on('exact'), collapse: on('collapse') },
          ...(on('collapse-copies') ? { copies: copiesById(findingsFile(app.indexFolder())) } : {}),
          ...(minScore === undefined ? {} : { minScore }),
        },
      );
      const stored = await references.getMany(found.map(({ id }) => id));
      const rows = found.map((result) => ({ ...result, reference: stored.get(result.id) ?? null }));
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
            ['similarity', 'position', 'id', 'source'],
          ),
        );
      }
      return undefined;
    },
    { once: true },
  );

/** @throws `reference_not_found`, `reference_ambiguous` */
async function withWholeId(input: QueryInput, references: ReferenceReader): Promise<QueryInput> {
  return input.kind === 'reference' ? { kind: 'reference', id: await requireReference(references, input.id) } : input;
}

async function queryInput(
  photo: string | undefined,
  id: string | undefined,
  words: string | undefined,
): Promise<QueryInput> {
  if ([photo, id, words].filter((value) => value !== undefined).length !== 1) {
    throw fault('usage', 'Expected one of a photo, --id ID and --text WORDS. See streetdex similar --help.');
  }
  if (photo !== undefined) return { kind: 'image', bytes: await readPhoto(photo) };
  return id !== undefined ? { kind: 'reference', id } : { kind: 'text', text: present(words) };
}

/** @throws `file_missing`, `not_a_file`, `unreadable` */
export async function readPhoto(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file);
  } catch (error) {
    if (!(error instanceof StreetdexError)) throw error;
    throw fault(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
