import type { ClipModel } from '../clip/clip-model.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { StoredReference } from '../references/reader.js';
import { fileFrom } from '../references/source-path.js';
import { findBytes } from './find-bytes.js';
import { photoIssue } from './read-photo.js';

/** Embeds a reference's photo again, from the first of its files that still holds its bytes; null where none does. */
export async function vectorOfPhoto(model: ClipModel, reference: StoredReference): Promise<UnitVector | null> {
  const sources = reference.sources.map(({ root, path }) => ({ root, path, file: fileFrom(root, path) }));
  const bytes = await findBytes({ ...reference, sources });
  if ('code' in bytes) return null;
  try {
    const { tensor } = await model.prepare(bytes, { wait: true });
    return (await model.encode(tensor, { wait: true })).vector;
  } catch (error) {
    photoIssue(error);
    return null;
  }
}
