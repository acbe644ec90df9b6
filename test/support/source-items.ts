import {
  type Candidate,
  type ContainerState,
  newSourceNotes,
  type PhotoSource,
  type SourceNotes,
} from '../../src/ingest/sources/candidate.js';

export interface CollectedSource {
  readonly photos: Candidate[];
  readonly containers: ContainerState[];
  readonly notes: SourceNotes;
}

/** Counts a source and then reads it to its end. */
export async function collectSource(source: PhotoSource): Promise<CollectedSource & { counted: number }> {
  const counted = await source.count();
  const collected: CollectedSource = { photos: [], containers: [], notes: newSourceNotes() };
  for await (const item of source.items(collected.notes)) {
    if (item.kind === 'photo') collected.photos.push(item);
    else collected.containers.push(item);
  }
  return { counted, ...collected };
}
