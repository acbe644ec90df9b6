import { existsSync } from 'node:fs';
import type { GeoPoint } from '../../domain/geo-point.js';
import type { Source } from '../../domain/reference.js';
import { hasTheSay } from '../has-the-say.js';
import type { ReconcileReport } from '../maintenance.js';
import type { IndexModel, StoredReference } from '../reader.js';
import { fileFrom } from '../source-path.js';
import type { ClusterClient } from './cluster-client.js';
import { copies } from './cluster-draft.js';
import { factProperties, sourceFrom, sourceProperties, sourceUuid, withoutNulls } from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { sourcesOf } from './cluster-schema.js';
import { copiesAreRight } from './copies-of-sources.js';
import type { ObjectFields } from './object-fields.js';
import { ObjectsWriter } from './objects-writer.js';

const PAGE = 500;

/**
 * Corrects references by their sources, which are the truth. Where several ingests wrote a reference at once, nobody knows
 * whose facts it has: it is given the position of the source that has the say, and the next ingest reads that source's other
 * facts again.
 * @param settleMs what is not right is looked at again after this time: an ingest stores references before their sources
 */
export async function reconcileCluster(
  client: ClusterClient,
  { modelId }: IndexModel,
  countryAt: (point: GeoPoint) => string | null,
  settleMs: number,
): Promise<ReconcileReport> {
  const { name } = client.address;
  const objects = new ObjectsReader(client, modelId);
  const writes = new ObjectsWriter(client);
  const counts = { references: 0, sources: 0, copies: 0, moved: 0, renewed: 0, forgotten: 0 };

  const wrongAmong = async (rows: readonly ObjectFields[]) => {
    const stored = await objects.withSources(rows);
    return rows.flatMap((row) => {
      const reference = stored.get(row.refId);
      const wrong = reference && wrongWith(row, reference);
      return wrong ? [wrong] : [];
    });
  };

  const suspects: string[] = [];
  for await (const rows of pages(objects, name)) {
    counts.references += rows.length;
    for (const { reference } of await wrongAmong(rows)) suspects.push(reference.id);
  }
  if (suspects.length > 0) await new Promise((resolve) => setTimeout(resolve, settleMs));
  for (let at = 0; at < suspects.length; at += PAGE) {
    const rows = await objects.rows(suspects.slice(at, at + PAGE));
    for (const { reference, say, copied, moved } of await wrongAmong(rows)) {
      const point = say?.point ?? reference.point;
      const facts = moved ? factProperties({ ...reference, point }, countryAt(point)) : {};
      const uuid = objects.uuidOf(reference.id);
      await writes.patch(name, [{ uuid, properties: { ...facts, ...copies(reference) } }]);
      if (copied) counts.copies++;
      if (moved) counts.moved++;
      // With a single source nobody else can have written its facts.
      if (say === null || (!moved && reference.sources.length < 2)) continue;
      await writes.insert(sourcesOf(name), [
        { id: sourceUuid(say), properties: withoutNulls(sourceProperties({ ...say, factsHash: '' }, reference.id)) },
      ]);
      counts.renewed++;
    }
  }

  for await (const rows of pages(objects, sourcesOf(name))) {
    counts.sources += rows.length;
    const known = await objects.present(rows.map((row) => row.refId));
    for (const { of, source } of rows.map(sourceFrom).filter(({ of }) => !known.has(of))) {
      if (await objects.isStored(of)) continue;
      await writes.delete(sourcesOf(name), [sourceUuid(source)]);
      counts.forgotten++;
    }
  }
  return counts;
}

function wrongWith(row: ObjectFields, reference: StoredReference) {
  const { sources, point } = reference;
  const say = hasTheSay(sources, sources.length > 1 ? sources.filter(isGone) : []);
  const copied = !copiesAreRight(row, sources);
  const moved = say !== null && (say.point.lat !== point.lat || say.point.lon !== point.lon);
  return copied || moved ? { reference, say, copied, moved } : null;
}

/** Whether a file is missing below a root that is there: a disk may only be unmounted. */
export function isGone({ root, path }: Pick<Source, 'root' | 'path'>): boolean {
  return existsSync(root) && !existsSync(fileFrom(root, path));
}

async function* pages(objects: ObjectsReader, collection: string): AsyncGenerator<ObjectFields[]> {
  let page: ObjectFields[] = [];
  for await (const { properties } of objects.walk(collection, false)) {
    page.push(properties);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  yield page;
}
