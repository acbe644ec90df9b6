import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';

const NAME = /^[0-9a-f]{32}\.(webp|jpeg)$/;

/**
 * Thumbnails on disk, at most `bytesMax` of them; those unused longest go first, over restarts too (a file's time is
 * its last use). It is a cache: where the folder can't be written, nothing is kept, and nothing fails.
 */
export class ThumbnailFiles {
  /** Sizes by name. */
  readonly #kept: LRUCache<string, number>;
  readonly #crowdedOut: string[] = [];
  #ready: Promise<void> | null = null;

  readonly #folder: string;
  readonly #bytesMax: number;

  constructor(folder: string, bytesMax: number) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;

    this.#kept = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: (size) => Math.max(1, size),
      dispose: (_, name, why) => {
        if (why === 'evict') this.#crowdedOut.push(name);
      },
    });
  }

  async get(name: string): Promise<Buffer | null> {
    await this.#open();
    if (!this.#kept.has(name)) return null;
    const file = join(this.#folder, name);
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) this.#kept.delete(name);
    else {
      this.#kept.set(name, bytes.length);
      const now = new Date();
      utimes(file, now, now).catch(() => undefined);
    }
    return bytes;
  }

  async put(name: string, bytes: Buffer): Promise<void> {
    await this.#open();
    if (bytes.length > this.#bytesMax) return;
    const file = join(this.#folder, name);
    const draft = `${file}.${process.pid}.tmp`;
    try {
      await mkdir(this.#folder, { recursive: true });
      await writeFile(draft, bytes);
      await rename(draft, file);
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
      return;
    }
    this.#kept.set(name, bytes.length);
    for (const oldest of this.#crowdedOut.splice(0)) {
      await rm(join(this.#folder, oldest), { force: true }).catch(() => undefined);
    }
  }

  #open(): Promise<void> {
    this.#ready ??= this.#scan();
    return this.#ready;
  }

  async #scan(): Promise<void> {
    const found: { name: string; size: number; mtimeMs: number }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      // What a killed process left half-written.
      if (name.endsWith('.tmp')) await rm(join(this.#folder, name), { force: true }).catch(() => undefined);
      if (!NAME.test(name)) continue;
      const entry = await stat(join(this.#folder, name)).catch(() => null);
      if (entry?.isFile()) found.push({ name, size: entry.size, mtimeMs: entry.mtimeMs });
    }
    found.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { name, size } of found) this.#kept.set(name, size);
  }
}
