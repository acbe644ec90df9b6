import type { ClipModel } from '../clip/clip-model.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { StoredReference } from '../references/reader.js';
import { fileFrom } from '../references/source-path.js';
import { findBytes } from './find-bytes.js';
import { photoIssue } from './read-photo.js';
import type { Issue } from './sources/candidate.js';

/** The vector of a reference's photo, made anew from the first of its files that still holds its bytes; else why not. */
export async function embedPhoto(
  model: ClipModel,
  reference: Parameters<typeof findBytes>[0],
): Promise<UnitVector | Issue> {
  const bytes = await findBytes(reference);
  if ('code' in bytes) return bytes;
  try {
    const { tensor } = await model.prepare(bytes, { wait: true });
    return (await model.encode(tensor, { wait: true })).vector;
  } catch (error) {
    return photoIssue(error);
  }
}

/** null where none of its files gives one. */
export async function vectorOfPhoto(model: ClipModel, reference: StoredReference): Promise<UnitVector | null> {
  const sources = reference.sources.map(({ root, path }) => ({ root, path, file: fileFrom(root, path) }));
  const made = await embedPhoto(model, { ...reference, sources });
  return 'code' in made ? null : made;
}
