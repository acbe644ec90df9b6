import { createHash } from 'node:crypto';
import type { ClipModel } from '../clip/clip-model.js';
import { fault } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { type PhotoFacts, referenceId } from '../domain/reference.js';
import { sha256Of } from '../domain/sha256.js';
import { imageFormat } from '../images/image-format.js';
import { cleanPoint, describeNote, firstKnown, type KnownFacts, NO_FACTS } from '../images/known-facts.js';
import type { ReferenceWriter } from '../references/writer.js';
import { storeChanges } from './store-changes.js';

export interface AddPhotoParts {
  readonly model: ClipModel;
  readonly countryAt: (point: GeoPoint) => string | null;
  /** Opens the index for writing while `work` runs. */
  readonly withWriter: <T>(work: (writer: ReferenceWriter) => Promise<T>) => Promise<T>;
}

const EXTENSIONS: Readonly<Record<string, string>> = { JPEG: '.jpg', TIFF: '.tif' };

/**
 * Adds one uploaded photo; its bytes are kept in the index's `files/`. What `said` holds goes before the photo's own EXIF. The
 * same photo given again corrects its facts; equal facts change nothing. It is embedded before the lock is taken, so that a
 * slow encoder holds up no other writer.
 * @throws `no_position`, errors of `images/`, `encoder_busy`, `index_busy`, `disk_full`
 */
export async function addPhoto(
  bytes: Uint8Array,
  said: Partial<PhotoFacts>,
  parts: AddPhotoParts,
): Promise<{ readonly id: string; readonly outcome: 'added' | 'unchanged' | 'updated' }> {
  const own = await parts.model.photoFacts(bytes);
  const saidPoint = said.point === undefined ? null : cleanPoint(said.point.lat, said.point.lon);
  const known: KnownFacts = firstKnown({ ...NO_FACTS, ...said, point: saidPoint }, own.facts);
  const { point } = known;
  if (point === null) {
    const got = said.point === undefined ? 'none' : '0, 0, which is what devices write without a fix';
    const notes = own.notes.map(describeNote);
    throw fault(
      'no_position',
      [`Expected a position (lat and lon) with the photo or in its EXIF, got ${got}.`, ...notes].join(' '),
    );
  }
  const facts: PhotoFacts = { ...known, point };
  const sha256 = await sha256Of(bytes);
  const id = referenceId(sha256);
  const { tensor, width, height } = await parts.model.prepare(bytes);
  const { vector } = await parts.model.encode(tensor);
  const iso2 = parts.countryAt(point);
  return parts.withWriter(async (writer) => {
    const { name } = imageFormat(bytes);
    const path = await writer.keepFile(bytes, EXTENSIONS[name] ?? `.${name.toLowerCase()}`);
    const source = {
      root: 'files',
      path,
      bytes: bytes.length,
      mtimeMs: 0,
      ctimeMs: null,
      inode: null,
      origin: { from: 'upload' as const, manifest: null, track: null },
      point,
      factsHash: createHash('sha256').update(JSON.stringify(facts)).digest('hex'),
    };
    const reference = { id, sha256, ...facts, width, height, bytes: bytes.length, iso2 };
    const change = { kind: 'photo' as const, id, facts, iso2, source, embedded: { reference, vector } };
    const [stored] = await storeChanges(writer, [change], parts.countryAt);
    return { id, outcome: stored?.kind === 'added' ? 'added' : stored?.kind === 'updated' ? 'updated' : 'unchanged' };
  });
}
