import { fault } from '../domain/errors.js';
import type { ReferenceReader } from '../references/reader.js';

const START_MIN = 4;
const SHOWN = 10;

/**
 * The id that begins with `text`, since tables print shortened ids; null where there is none.
 * @throws `reference_ambiguous` with the ids that it may be
 */
export async function findReference(reader: ReferenceReader, text: string): Promise<string | null> {
  const start = text.toLowerCase();
  if (start.length < START_MIN || !/^[0-9a-f]+$/.test(start)) return null;
  const found = await reader.idsFrom(start, SHOWN + 1);
  if (found.length <= 1) return found[0] ?? null;
  const shown = found.slice(0, SHOWN).join(', ');
  throw fault(
    'reference_ambiguous',
    `Expected the start of one reference's id; ${text} begins ${shown}${found.length > SHOWN ? ' and more' : ''}. Give more digits.`,
  );
}

/** @throws `reference_not_found`, `reference_ambiguous` */
export async function requireReference(reader: ReferenceReader, text: string): Promise<string> {
  const id = await findReference(reader, text);
  if (id !== null) return id;
  throw fault(
    'reference_not_found',
    `Expected the id of a reference of this index, or its first ${START_MIN} digits or more; there is none with the id ${text}.`,
  );
}
