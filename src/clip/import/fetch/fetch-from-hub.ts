import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, StreetdexError } from '../../../domain/errors.js';
import { makeFolder } from '../../../store/make-folder.js';
import { checkDiskSpace, freeBytes, writeError } from '../disk-space.js';
import { addLock } from '../models-lock.js';
import { type ChosenFiles, chooseFiles, shardsOf } from './choose-files.js';
import { bytesPresent, downloadFile } from './download-file.js';
import type { FetchModelOptions } from './fetch-options.js';
import type { FetchedFile, FetchedModel } from './fetched-model.js';
import { HubClient } from './hub-client.js';
import { type HubListing, listModel } from './hub-listing.js';
import { type ModelTerms, readTerms } from './model-terms.js';
import { withRetries } from './retry.js';
import { withSize } from './with-size.js';

/** `owner/name`, or a name alone as the hub's oldest models have. */
export const HUB_ID = /^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)?$/i;

const FILES_AT_ONCE = 3;

/** A failed download is kept for the next try after this code, and after all errors that only time can mend. */
const KEEP_AFTER = 'hub_denied';

export async function fetchFromHub(options: FetchModelOptions): Promise<FetchedModel> {
  const { what: id, signal, downloadsFolder } = options;
  const revision = options.revision ?? 'main';
  const client = new HubClient(options.hub);
  const key = id.replace('/', '@');
  const base = join(downloadsFolder, key);
  const lock = await addLock(downloadsFolder, `${key}.lock`, `a download of ${id}`);
  const end = async (drop: boolean) => {
    if (drop) await rm(base, { recursive: true, force: true });
    lock.release();
    await rmdir(downloadsFolder).catch(() => undefined);
  };
  try {
    const listing = await withRetries(client.pauseMs, signal, () => listModel(client, id, revision, signal));
    const folder = join(base, listing.commit);
    await dropOtherCommits(base, listing.commit);
    const download = new Download(client, id, listing, folder, options);
    const chosen = chooseFiles(listing.files.keys(), options.precision ?? 'auto', `${id} at ${revision}`);
    const found = await download.prepare(chosen);
    await download.all(found.files);
    return {
      ...found.terms,
      name: id,
      source: id,
      revision,
      commit: listing.commit,
      folder,
      kind: chosen.kind,
      precision: chosen.precision,
      checkpoint: chosen.kind === 'checkpoint' ? folder : null,
      small: found.small,
      weights: found.weights,
      files: download.done(),
      discard: () => end(true),
      keep: () => end(false),
    };
  } catch (error) {
    const useful = error instanceof StreetdexError && (error.family === 'later' || hasCode(error, KEEP_AFTER));
    await end(!useful);
    throw error;
  }
}

class Download {
  readonly #finished = new Map<string, FetchedFile>();
  readonly #received = new Map<string, number>();
  #totalBytes = 0;

  readonly #client: HubClient;
  readonly #id: string;
  readonly #listing: HubListing;
  readonly #folder: string;
  readonly #options: FetchModelOptions;

  constructor(client: HubClient, id: string, listing: HubListing, folder: string, options: FetchModelOptions) {
    this.#client = client;
    this.#id = id;
    this.#listing = listing;
    this.#folder = folder;
    this.#options = options;
  }

  /** Reads the card and the index of shards, shows the terms, and checks that there is room for everything. */
  async prepare(chosen: ChosenFiles) {
    await mkdir(this.#folder, { recursive: true }).catch((error) => {
      throw writeError(error, this.#folder);
    });
    const readme = chosen.readme === null ? null : await this.#text(chosen.readme);
    const shards =
      chosen.index === null
        ? []
        : shardsOf(await this.#text(chosen.index), chosen.index, this.#listing.files.keys(), this.#id);
    const small = [...chosen.config, ...chosen.tokenizer, ...(chosen.readme === null ? [] : [chosen.readme])];
    const weights = [...(chosen.index === null ? [] : [chosen.index]), ...chosen.weights, ...shards];
    const files = [...small, ...weights];
    const bytes = await this.#measure(files);
    const terms: ModelTerms = readTerms(this.#id, readme, this.#listing);
    await this.#options.onTerms?.({ ...terms, name: this.#id, bytes });
    return { small, weights, files, terms };
  }

  /** Largest first, so that a small one does not wait for the end of a queue of large ones. */
  async all(files: readonly string[]): Promise<void> {
    const sizes = await Promise.all(files.map(async (path) => ({ path, bytes: (await this.#file(path)).bytes })));
    const queue = sizes.sort((a, b) => b.bytes - a.bytes).map(({ path }) => path);
    const stop = new AbortController();
    // Not AbortSignal.any: in Node 20 its signal can be collected together with its listeners while they wait.
    const give = () => stop.abort();
    this.#options.signal?.addEventListener('abort', give, { once: true });
    if (this.#options.signal?.aborted) give();
    let failure: unknown;
    const run = async () => {
      for (let path = queue.shift(); path !== undefined && failure === undefined; path = queue.shift()) {
        try {
          await this.#one(path, stop.signal);
        } catch (error) {
          failure ??= error;
          stop.abort();
        }
      }
    };
    await Promise.all(Array.from({ length: FILES_AT_ONCE }, run));
    this.#options.signal?.removeEventListener('abort', give);
    if (failure !== undefined) throw failure;
  }

  done(): FetchedFile[] {
    return [...this.#finished.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #text(path: string): Promise<string> {
    await this.#one(path, this.#options.signal);
    return await readFile(join(this.#folder, path), 'utf8');
  }

  async #one(path: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#finished.has(path)) return;
    const file = await this.#file(path);
    const target = join(this.#folder, path);
    makeFolder(dirname(target));
    const sha256 = await downloadFile({
      client: this.#client,
      id: this.#id,
      commit: this.#listing.commit,
      file,
      target,
      onBytes: (received) => this.#count(path, received),
      ...(signal ? { signal } : {}),
    });
    this.#finished.set(path, { path, bytes: file.bytes, sha256 });
  }

  async #file(path: string) {
    return await withSize(this.#client, this.#id, this.#listing, path, this.#options.signal);
  }

  /** Bytes of all files. @throws `disk_full` (later) when there is no room for what is missing */
  async #measure(files: readonly string[]): Promise<number> {
    let missing = 0;
    for (const path of files) {
      const { bytes } = await this.#file(path);
      this.#totalBytes += bytes;
      missing += Math.max(0, bytes - (await bytesPresent(join(this.#folder, path))));
    }
    await checkDiskSpace(this.#folder, missing, this.#options.freeBytes ?? freeBytes);
    return this.#totalBytes;
  }

  #count(path: string, received: number): void {
    this.#received.set(path, received);
    if (this.#totalBytes === 0) return;
    const receivedBytes = [...this.#received.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#options.onProgress?.({ file: path, receivedBytes, totalBytes: this.#totalBytes });
  }
}

/** Deletes parts of commits that the revision no longer points to. */
async function dropOtherCommits(base: string, commit: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    if (name !== commit) await rm(join(base, name), { recursive: true, force: true });
  }
}
