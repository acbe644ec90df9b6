import { existsSync } from 'node:fs';
import type { SourceKey } from '../known-files.js';
import type { LocalJournal } from '../local-journal.js';
import type { PruneReport } from '../maintenance.js';
import { fileFrom } from '../source-path.js';
import type { ClusterClient } from './cluster-client.js';
import { sourceFrom, sourceUuid } from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { sourcesOf } from './cluster-schema.js';
import { ObjectsWriter } from './objects-writer.js';
import { Thumbnails } from './thumbnails.js';
import { noted, type Wrote } from './writer-notes.js';

const PAGE = 500;

interface PruneParts {
  readonly client: ClusterClient;
  readonly modelId: string;
  readonly journal: LocalJournal;
  /** A reference that was written so recently may still get its sources: an ingest stores them after it. */
  readonly freshMs: number;
  /** Called for what was deleted, before it counts as done. */
  readonly wrote: Wrote;
}

/**
 * Deletes sources whose file is gone below roots that this machine sees, then references that have no source on any node.
 * @throws `cluster_unreachable` (later) where a node does not answer
 */
export async function pruneCluster(parts: PruneParts, { dryRun = false } = {}): Promise<PruneReport> {
  const { client, modelId, journal } = parts;
  const { name } = client.address;
  const objects = new ObjectsReader(client, modelId);
  const writes = new ObjectsWriter(client);
  const { vanished, missingRoots } = await vanishedSources(objects, sourcesOf(name));
  const lost = await unnamed(parts, objects, vanished);
  const failures = journal
    .failures({})
    .filter(({ root, path, code }) => code !== 'name_not_utf8' && existsSync(root) && !existsSync(fileFrom(root, path)))
    .map(({ root, path }) => ({ root, path }));
  const planned = { vanished, failures, missingRoots, orphanFiles: [] };
  if (dryRun) return { ...planned, deleted: lost, dryRun };
  journal.store([], failures);
  await writes.delete(sourcesOf(name), vanished.map(sourceUuid));
  // Another ingest may have stored a source of one meanwhile.
  const deleted = await withoutSource(client, lost, []);
  const removed = deleted.map(objects.uuidOf);
  await noted(client, parts.wrote, { added: [], removed }, () => writes.delete(name, removed));
  const thumbnails = new Thumbnails(client, objects);
  await thumbnails.delete(writes, [...deleted, ...(await thumbnails.unnamed(parts.freshMs))]);
  return { ...planned, deleted, dryRun };
}

async function vanishedSources(objects: ObjectsReader, collection: string) {
  const roots = new Map<string, boolean>();
  const vanished: { root: string; path: string; id: string }[] = [];
  for await (const { properties } of objects.walk(collection, false)) {
    const { of, source } = sourceFrom(properties);
    const { root, path } = source;
    const isThere = roots.get(root) ?? existsSync(root);
    roots.set(root, isThere);
    if (isThere && !existsSync(fileFrom(root, path))) vanished.push({ root, path, id: of });
  }
  return { vanished, missingRoots: [...roots].flatMap(([root, isThere]) => (isThere ? [] : [root])).sort() };
}

/** References without a source apart from those that vanished, sorted. */
async function unnamed(
  { client, freshMs }: PruneParts,
  objects: ObjectsReader,
  vanished: readonly (SourceKey & { readonly id: string })[],
): Promise<readonly string[]> {
  const gone = vanished.map(sourceUuid);
  const named = new Set(vanished.map(({ id }) => id));
  const lost: string[] = [];
  let page: string[] = [];
  const look = async () => {
    lost.push(...(await withoutSource(client, page, gone)));
    page = [];
  };
  for await (const { properties, updatedMs } of objects.walk(client.address.name, false)) {
    const id = properties.refId;
    if (!named.has(id) && Date.now() - updatedMs < freshMs) continue;
    page.push(id);
    if (page.length === PAGE) await look();
  }
  await look();
  return lost.sort();
}

/** The ids without a source on any node, apart from these uuids: a node that was away may lack one. */
async function withoutSource(
  client: ClusterClient,
  ids: readonly string[],
  but: readonly string[],
): Promise<readonly string[]> {
  const ignored = new Set(but);
  const left = new Set(ids);
  for (const node of client.address.nodes) {
    for (let at = 0; at < ids.length; at += PAGE) {
      const some = ids.slice(at, at + PAGE).filter((id) => left.has(id));
      for (let offset = 0; some.length > 0; offset += PAGE) {
        const { objects } = await client.readAt(node, sourcesOf(client.address.name), (own) =>
          own.query.fetchObjects({ filters: own.filter.byProperty('refId').containsAny(some), limit: PAGE, offset }),
        );
        for (const { uuid, properties } of objects) {
          if (!ignored.has(uuid)) left.delete(properties.refId);
        }
        if (objects.length < PAGE) break;
      }
    }
  }
  return [...left];
}
