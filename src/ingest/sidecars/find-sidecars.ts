import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FactNote, type KnownFacts, NO_FACTS, type ToldFacts } from '../../images/known-facts.js';
import { readPlainFile } from '../../images/plain-file.js';
import { readXmp, XMP_BYTES_MAX } from '../../images/read-xmp.js';
import { type Allows, ANYTHING } from '../sources/allowed.js';
import { readTakeout } from './read-takeout.js';
import { takeoutNames } from './takeout-names.js';

const FOLDERS_MAX = 16;
const JSON_BYTES_MAX = 1024 * 1024;

export interface SidecarFacts {
  readonly xmp: KnownFacts;
  readonly takeout: KnownFacts;
  readonly notes: readonly FactNote[];
}

const NOTHING: ToldFacts = { facts: NO_FACTS, notes: [] };
const NONE: SidecarFacts = { xmp: NO_FACTS, takeout: NO_FACTS, notes: [] };

interface Listing {
  readonly xmp: ReadonlyMap<string, string>;
  readonly json: readonly string[];
}

/** Reads what lies beside photos; keeps the listings of the last few folders, so that each is listed once in a walk. */
export class Sidecars {
  private readonly listings = new Map<string, Promise<Listing>>();

  constructor(private readonly allows: Allows = ANYTHING) {}

  /** Facts of the XMP and the Takeout sidecar of a photo; an unreadable or foreign one says nothing. */
  async read(photo: string): Promise<SidecarFacts> {
    const folder = dirname(photo);
    const name = basename(photo);
    const listing = await this.listing(folder);
    if (listing.xmp.size === 0 && listing.json.length === 0) return NONE;
    const xmpName = xmpNames(name)
      .map((key) => listing.xmp.get(key))
      .find((found) => found !== undefined);
    const xmp =
      xmpName === undefined || !this.allows(join(folder, xmpName)) ? NOTHING : await readXmpFile(join(folder, xmpName));
    return { xmp: xmp.facts, takeout: await this.takeout(folder, name, listing), notes: xmp.notes };
  }

  private async takeout(folder: string, name: string, listing: Listing): Promise<KnownFacts> {
    if (listing.json.length === 0) return NO_FACTS;
    for (const candidate of takeoutNames(name, near(listing.json, name))) {
      if (!this.allows(join(folder, candidate.name))) continue;
      const text = await readText(join(folder, candidate.name), JSON_BYTES_MAX);
      const sidecar = text === null ? null : readTakeout(text);
      if (sidecar === null) continue;
      if (!candidate.doubtful || sidecar.title === null || isTitleOf(sidecar.title, name)) return sidecar.facts;
    }
    return NO_FACTS;
  }

  private listing(folder: string): Promise<Listing> {
    const known = this.listings.get(folder);
    if (known !== undefined) return known;
    const listing = list(folder);
    this.listings.set(folder, listing);
    for (const oldest of this.listings.keys()) {
      if (this.listings.size <= FOLDERS_MAX) break;
      this.listings.delete(oldest);
    }
    return listing;
  }
}

async function list(folder: string): Promise<Listing> {
  const names = await readdir(folder).catch(() => []);
  return {
    xmp: new Map(names.filter((name) => /\.xmp$/i.test(name)).map((name) => [name.slice(0, -4), name])),
    json: names.filter((name) => /\.json$/i.test(name) && !name.startsWith('.')).sort(),
  };
}

/** `photo.jpg.xmp` before `photo.xmp`. */
function xmpNames(photo: string): readonly string[] {
  const dot = photo.lastIndexOf('.');
  return dot > 0 ? [photo, photo.slice(0, dot)] : [photo];
}

/** The sorted names that start as the photo does: a folder of an export holds thousands of others. */
function near(sorted: readonly string[], photo: string): readonly string[] {
  const start = coreOf(photo).slice(0, 40);
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < start) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < sorted.length && (sorted[end] as string).startsWith(start)) end++;
  return sorted.slice(low, end);
}

/** The name without `-edited`, `(1)` and the extension. */
function coreOf(photo: string): string {
  return photo.replace(/(-edited)?(\(\d+\))?\.[^.]+$/, '');
}

function isTitleOf(title: string, photo: string): boolean {
  return title === photo || title.startsWith(coreOf(photo));
}

async function readXmpFile(file: string): Promise<ToldFacts> {
  const bytes = await readBytes(file, XMP_BYTES_MAX);
  return bytes === null ? NOTHING : readXmp(bytes);
}

async function readText(file: string, bytesMax: number): Promise<string | null> {
  const bytes = await readBytes(file, bytesMax);
  return bytes === null ? null : bytes.toString('utf8').replace(/^\uFEFF/, '');
}

async function readBytes(file: string, bytesMax: number): Promise<Buffer | null> {
  try {
    return await readPlainFile(file, bytesMax);
  } catch {
    return null;
  }
}
