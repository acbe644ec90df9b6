import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { fault } from '../domain/errors.js';
import { isBelow, pathFrom } from '../references/source-path.js';
import type { IngestOptions } from './ingest-options.js';
import type { IngestionRequest } from './ingestion-request.js';

interface Root {
  readonly name: string;
  readonly path: string;
}

/** The folders that callers may have ingested, each under a name of its own. */
export class AllowedRoots {
  readonly #roots: readonly Root[];

  /** @param entries `path` or `name=path`. @throws `ingest_root_invalid` */
  constructor(entries: readonly string[]) {
    this.#roots = entries.map(toRoot);
    const twice = this.names.find((name, i) => this.names.indexOf(name) !== i);
    if (twice !== undefined) {
      throw fault(
        'ingest_root_invalid',
        `Expected each of ingest_roots to have a name of its own, got '${twice}' twice. Write one as other-name=path.`,
      );
    }
  }

  get names(): readonly string[] {
    return this.#roots.map(({ name }) => name);
  }

  /**
   * A caller's request as options of an ingest, with absolute paths.
   * @throws `ingestion_not_allowed`, `source_not_allowed`, `source_not_found`
   */
  async resolve(
    request: IngestionRequest,
  ): Promise<{ readonly sources: readonly string[]; readonly options: IngestOptions }> {
    if (this.#roots.length === 0) {
      throw fault(
        'ingestion_not_allowed',
        'The operator has allowed no folder to be ingested. Start the server with --ingest-roots DIR.',
      );
    }
    const { sources, images, gpx, ...rest } = request;
    const real = await Promise.all(sources.map((source) => this.#find(source)));
    return {
      sources: real,
      options: {
        ...rest,
        ...(images !== undefined && { images: await this.#find(images) }),
        ...(gpx !== undefined && { gpx: await Promise.all(gpx.map((track) => this.#find(track))) }),
        within: await Promise.all(this.#roots.map(({ path }) => realpath(path).catch(() => path))),
      },
    };
  }

  /**
   * The same for an earlier run, whose paths are absolute; all of them must lie in the allowed folders.
   * @throws `ingestion_not_allowed`, `source_not_allowed`, `source_not_found`
   */
  async resolveAgain(
    request: IngestionRequest,
  ): Promise<{ readonly sources: readonly string[]; readonly options: IngestOptions }> {
    const named = (path: string) => {
      const root = this.#roots.find((one) => isBelow(one.path, path));
      if (root !== undefined) return [root.name, pathFrom(root.path, path)].filter((part) => part !== '').join('/');
      throw fault(
        'source_not_allowed',
        `Expected an ingestion of the folders that the operator has allowed, got one of ${basename(path)}, which lies elsewhere. Run the same ingest again on the command line, with --retry-failed.`,
      );
    };
    const { sources, images, gpx, ...rest } = request;
    return this.resolve({
      ...rest,
      sources: sources.map(named),
      ...(images !== undefined && { images: named(images) }),
      ...(gpx !== undefined && { gpx: gpx.map(named) }),
    });
  }

  /** The text without the operator's folders: an allowed folder's path becomes its name. */
  plain(text: string): string {
    // Of a root within another the inner one's path is the longer; `/photos` is no part of `/photos2`.
    const byLength = this.#roots.toSorted((a, b) => b.path.length - a.path.length);
    return byLength.reduce((plain, { name, path }) => {
      const whole = new RegExp(`${path.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(?![\\p{L}\\p{N}_-])`, 'gu');
      return plain.replace(whole, () => name);
    }, text);
  }

  /** A source of an earlier run as callers may see it; of one outside the allowed folders only the last part of its path. */
  plainSource(source: string): string {
    return this.#roots.some(({ path }) => isBelow(path, source)) ? this.plain(source) : basename(source);
  }

  async #find(given: string): Promise<string> {
    const [name, ...rest] = given.split('/');
    const root = this.#roots.find((one) => one.name === name);
    const path = root === undefined ? null : join(root.path, ...rest);
    if (root === undefined || path === null || given.includes('\0') || !isBelow(root.path, path)) {
      throw notAllowed(given, this.names);
    }
    const [realRoot, real] = await Promise.all([root.path, path].map((one) => realpath(one).catch(() => null)));
    if (realRoot == null || real == null) {
      throw fault('source_not_found', `Expected a folder or file at ${given}, but there is none.`);
    }
    if (!isBelow(realRoot, real)) throw notAllowed(given, this.names);
    return path;
  }
}

function toRoot(entry: string): Root {
  const match = /^([\p{L}\p{N} ._-]{1,100})=(.+)$/u.exec(entry);
  const path = resolve(match?.[2] ?? entry);
  const name = match?.[1] ?? basename(path);
  if (name !== '' && (match === null || isAbsolute(path))) return { name, path };
  throw fault('ingest_root_invalid', `Expected a folder (or name=folder) in ingest_roots, got '${entry}'.`);
}

function notAllowed(given: string, names: readonly string[]) {
  return fault(
    'source_not_allowed',
    `Expected a path that begins with one of ${names.join(', ')} and stays below it, got ${given}.`,
  );
}
