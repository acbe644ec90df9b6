import { dirname, join } from 'node:path';
import { StreetdexError } from '../domain/errors.js';
import { isStored, type Source } from '../domain/reference.js';
import { distanceKm } from '../geo/distance.js';
import { FILES_ROOT } from '../references/files-root.js';
import { NO_KNOWN_FILES } from '../references/known-files.js';
import type { ReferenceReader, StoredReference } from '../references/reader.js';
import { fileFrom, isBelow } from '../references/source-path.js';
import { inspectRules } from './ingest-options.js';
import { type InspectRules, inspectPhoto } from './inspect-photo.js';
import { isThere } from './is-there.js';
import { readPhoto } from './read-photo.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import { type Candidate, newSourceNotes } from './sources/candidate.js';
import { openSource } from './sources/open-source.js';

/** A source whose file, sidecar or manifest disagrees with the index. */
export interface ChangedSource {
  readonly root: string;
  readonly path: string;
  readonly id: string;
  /**
   * `bytes`: the file holds another photo; `position`; `facts`: time, author and the like; `unreadable`: the file can't be
   * read.
   */
  readonly what: 'bytes' | 'position' | 'facts' | 'unreadable';
}

export interface SourceCheck {
  readonly checked: number;
  /** Sources that can't be checked: placed by a track, or by a manifest that is missing now. */
  readonly unchecked: number;
  readonly changed: number;
  /** The first 1,000 changes. */
  readonly changes: readonly ChangedSource[];
}

const PAGE = 1000;
const LISTED_MAX = 1000;
/** Positions this close differ by rounding alone. */
const SAME_KM = 0.001;

/**
 * Compares what an index stores with what its photos' files, sidecars and manifests say now; changes nothing. A file is read
 * only where its size, times or inode differ, or something beside it changed. Missing files are left to `index prune`.
 */
export async function checkSources(reader: Pick<ReferenceReader, 'list'>): Promise<SourceCheck> {
  const check = new Checking(await inspectRules({}));
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const reference of page.references) {
      for (const [i, source] of reference.sources.entries()) await check.look(reference, source, i === 0);
    }
    cursor = page.cursor;
  }
  const { checked, unchecked, changed, changes } = check;
  return { checked, unchecked, changed, changes };
}

type Row = Pick<Candidate, 'manifest' | 'issue'>;

/** A manifest's rows for a photo, by its path below the root; at least one. */
type RowsOf = (path: string) => readonly Row[];

class Checking {
  checked = 0;
  unchecked = 0;
  changed = 0;
  readonly changes: ChangedSource[] = [];
  readonly #sidecars: Sidecars;
  /** Rows by root and path of the manifest; null where it can't be read. */
  readonly #manifests = new Map<string, Promise<RowsOf | null>>();

  readonly #rules: InspectRules;

  constructor(rules: InspectRules) {
    this.#rules = rules;

    this.#sidecars = new Sidecars(rules.allows);
  }

  async look(reference: StoredReference, source: Source, hasTheSay: boolean): Promise<void> {
    const { root, path, origin } = source;
    const file = join(root, path);
    if (root === FILES_ROOT || !(await isThere(file))) return;
    const manifestFile = origin?.manifest == null ? null : fileFrom(root, origin.manifest);
    const rows = manifestFile === null ? [NO_ROW] : (await this.#rowsOf(root, manifestFile))?.(path);
    if (rows === undefined) {
      this.unchecked++;
      return;
    }
    let what: ChangedSource['what'] | 'unknown' | null = null;
    for (const row of rows) {
      const candidate = { kind: 'photo' as const, root, path, file, ...row, manifestFile, consulted: async () => true };
      what = await this.#compare(candidate, reference, source, hasTheSay);
      if (what === null) break;
    }
    if (what === 'unknown') this.unchecked++;
    else this.checked++;
    if (what === null || what === 'unknown') return;
    this.changed++;
    if (this.changes.length < LISTED_MAX) this.changes.push({ root, path, id: reference.id, what });
  }

  async #compare(
    candidate: Candidate,
    reference: StoredReference,
    source: Source,
    hasTheSay: boolean,
  ): Promise<ChangedSource['what'] | 'unknown' | null> {
    const stored = { source: { ...source, id: reference.id }, failure: null };
    const known = { ...NO_KNOWN_FILES, files: async () => [stored] };
    const inspected = await inspectPhoto(candidate, known, this.#sidecars, this.#rules);
    if (inspected.kind === 'unchanged') return null;
    if (inspected.kind === 'failed') return candidate.issue === null ? 'unreadable' : 'position';
    const read = await readPhoto(candidate.file, inspected, this.#rules);
    if ('code' in read) return 'unreadable';
    if (read.id !== reference.id) return 'bytes';
    if (source.origin === null || source.origin.from === 'track') return 'unknown';
    if ('code' in read.said || distanceKm(read.said.facts.point, source.point) > SAME_KM) return 'position';
    return hasTheSay && !isStored({ ...read.said.facts, point: reference.point }, reference) ? 'facts' : null;
  }

  #rowsOf(root: string, file: string): Promise<RowsOf | null> {
    const key = `${root}\0${file}`;
    const known = this.#manifests.get(key);
    if (known !== undefined) return known;
    const rows = readRows(root, file);
    this.#manifests.set(key, rows);
    return rows;
  }
}

const NO_ROW: Row = { manifest: null, issue: null };

/**
 * A manifest below the root may have been found there, and then names photos from its own folder; or it was given together with
 * the root as the photos' folder. Which of the two is not stored, so a photo may have a row by either.
 */
async function readRows(root: string, file: string): Promise<RowsOf | null> {
  const own = dirname(file);
  const readings: ReadonlyMap<string, Row>[] = [];
  for (const images of own !== root && isBelow(root, own) ? [own, root] : [root]) {
    const read = await readFrom(images, file);
    if (read === null) return null;
    readings.push(read);
  }
  return (path) => {
    const rows = readings.flatMap((reading) => reading.get(join(root, path)) ?? []);
    return rows.length === 0 ? [NO_ROW] : rows;
  };
}

/** The manifest's rows by the files of their photos. */
async function readFrom(images: string, file: string): Promise<ReadonlyMap<string, Row> | null> {
  try {
    const rows = new Map<string, Row>();
    const source = await openSource(file, images);
    await source.count();
    for await (const item of source.items(newSourceNotes())) {
      if (item.kind === 'photo') rows.set(item.file, { manifest: item.manifest, issue: item.issue });
    }
    return rows;
  } catch (error) {
    if (error instanceof StreetdexError && error.family === 'caller') return null;
    throw error;
  }
}
