import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { hasCode, StreetdexError } from '../../domain/errors.js';
import { type FactNote, type KnownFacts, NO_FACTS, type ToldFacts } from '../../images/known-facts.js';
import { readPlainFile } from '../../images/plain-file.js';
import { XMP_BYTES_MAX } from '../../images/read-xmp.js';
import { type FactsReader, READ_HERE } from '../facts-reader.js';
import { type Allows, ANYTHING } from '../sources/allowed.js';
import { composed, folded, NameIndex, pickName } from '../sources/compare-names.js';
import { isPhotoName, stemOf } from '../sources/photo-extensions.js';
import { JsonNames } from './json-names.js';
import { readTakeout } from './read-takeout.js';
import { isCutLength, type TakeoutName, takeoutNames } from './takeout-names.js';

const FOLDERS_MAX = 16;
const JSON_BYTES_MAX = 1024 * 1024;

export interface SidecarFacts {
  readonly xmp: KnownFacts;
  readonly takeout: KnownFacts;
  readonly notes: readonly FactNote[];
  /** True where a sidecar can't be read, so that its facts are unknown now. */
  readonly unreadable: boolean;
}

const NOTHING: ToldFacts = { facts: NO_FACTS, notes: [] };
const NONE: SidecarFacts = { xmp: NO_FACTS, takeout: NO_FACTS, notes: [], unreadable: false };

interface Listing {
  /** XMP sidecars by the name before `.xmp`. */
  readonly xmp: NameIndex;
  readonly json: JsonNames;
  readonly photos: PhotoNames;
  readonly unreadable: boolean;
}

/** A folder's photos by name, and by name without extension; composed. */
interface PhotoNames {
  readonly byName: NameIndex;
  readonly byStem: NameIndex;
}

/** Reads sidecars; keeps the listings of the last few folders, so that each is listed once in a walk. */
export class Sidecars {
  readonly #listings = new LRUCache<string, Promise<Listing>>({ max: FOLDERS_MAX, memoMethod: list });

  readonly #allows: Allows;
  readonly #facts: FactsReader;

  constructor(allows: Allows = ANYTHING, facts: FactsReader = READ_HERE) {
    this.#allows = allows;
    this.#facts = facts;
  }

  /** Facts of a photo's XMP and Takeout sidecars. A sidecar of another photo gives none; one that can't be read is noted. */
  async read(photo: string): Promise<SidecarFacts> {
    const folder = dirname(photo);
    const name = basename(photo);
    const listing = await this.#listings.memo(folder);
    if (listing.xmp.size === 0 && listing.json.size === 0) return { ...NONE, unreadable: listing.unreadable };
    const found = xmpName(name, listing);
    const file = found.name === null ? null : join(folder, found.name);
    const unread: FactNote[] = [];
    const xmp = file !== null && this.#allows(file) ? await this.#xmp(file, unread) : NOTHING;
    const takeout = await this.#takeout(folder, name, listing, unread);
    return {
      xmp: xmp.facts,
      takeout,
      notes: [...found.notes, ...xmp.notes, ...unread],
      unreadable: unread.length > 0,
    };
  }

  async #xmp(file: string, unread: FactNote[]): Promise<ToldFacts> {
    const bytes = await readBytes(file, XMP_BYTES_MAX, unread);
    if (bytes === null) return NOTHING;
    return this.#facts.xmpFacts(bytes, { wait: true }).catch((error: unknown) => {
      if (!hasCode(error, 'decoder_crashed')) throw error;
      unread.push(notRead(file, error));
      return NOTHING;
    });
  }

  async #takeout(folder: string, photo: string, { json, photos }: Listing, unread: FactNote[]): Promise<KnownFacts> {
    if (json.size === 0) return NO_FACTS;
    const rivals = photos.byName.like(photo).length > 1;
    for (const candidate of takeoutNames(photo, json.near(photo))) {
      // Two photos whose names differ in letter case alone could get each other's.
      if (candidate.byCase && rivals) continue;
      if (!this.#allows(join(folder, candidate.name))) continue;
      const text = await readText(join(folder, candidate.name), JSON_BYTES_MAX, unread);
      const sidecar = text === null ? null : readTakeout(text);
      if (sidecar === null) continue;
      const { title } = sidecar;
      if (!candidate.doubtful || title === null || isTitleOf(title, photo, candidate, photos)) return sidecar.facts;
    }
    return NO_FACTS;
  }
}

async function list(folder: string): Promise<Listing> {
  const listed = await readdir(folder).catch(() => null);
  const names = listed ?? [];
  const listing = { xmp: new NameIndex(), json: new JsonNames(names), unreadable: listed === null };
  const photos = { byName: new NameIndex(), byStem: new NameIndex() };
  for (const name of names
    .filter((one) => /\.xmp$/i.test(one))
    .sort()
    .reverse())
    listing.xmp.add(beforeXmp(name), name);
  if (listing.xmp.size === 0 && listing.json.size === 0) return { ...listing, photos };
  for (const name of names) {
    if (!isPhotoName(name)) continue;
    photos.byName.add(composed(name));
    photos.byStem.add(stemOf(composed(name)));
  }
  return { ...listing, photos };
}

/** `photo.jpg.xmp` before `photo.xmp`; another letter case counts only where no other photo could be meant. */
function xmpName(photo: string, { xmp, photos }: Listing): { name: string | null; notes: readonly FactNote[] } {
  const dot = photo.lastIndexOf('.');
  const stems = dot > 0 ? [{ key: photo.slice(0, dot), rivals: photos.byStem }] : [];
  const notes: FactNote[] = [];
  for (const { key, rivals } of [{ key: photo, rivals: photos.byName }, ...stems]) {
    const files = xmp.like(key);
    const found = pickName(key, [...new Set(files.map(beforeXmp))]);
    if (found.kind === 'none') continue;
    const several = rivals.like(key).length > 1;
    if (found.kind === 'one' && !(found.byCase && several)) {
      return { name: files.find((file) => beforeXmp(file) === found.name) ?? null, notes };
    }
    const isAnothers = found.kind === 'one' && rivals.like(key).includes(composed(found.name));
    if (!isAnothers) notes.push({ what: SEVERAL, got: files.join(', ') });
  }
  return { name: null, notes };
}

function beforeXmp(file: string): string {
  return file.slice(0, -'.xmp'.length);
}

const SEVERAL =
  'Sidecars and photos whose names differ in letter case alone can be paired in several ways, so none was used';

/** Characters that are `_` in the file names of an export, and themselves in its titles. */
const REPLACED = /[\\/:*?"<>|&%'’#;,+=~]/g;

/** Whether a title is the photo's: its own name, or the name that its file's name was cut or changed from. */
function isTitleOf(title: string, photo: string, { original, byCase }: TakeoutName, photos: PhotoNames): boolean {
  const form = (name: string) => (byCase ? folded(name) : composed(name)).replace(REPLACED, '_');
  const [wanted, said] = [form(original), form(title)];
  if (wanted === said || said === form(photo)) return true;
  if (photos.byName.like(title).includes(composed(title)) && composed(title) !== original) return false;
  const stem = stemOf(wanted);
  return stem === stemOf(said) || (isCutLength(wanted) && said.startsWith(stem));
}

async function readText(file: string, bytesMax: number, unread: FactNote[]): Promise<string | null> {
  const bytes = await readBytes(file, bytesMax, unread);
  return bytes === null ? null : bytes.toString('utf8').replace(/^\uFEFF/, '');
}

async function readBytes(file: string, bytesMax: number, unread: FactNote[]): Promise<Buffer | null> {
  try {
    return await readPlainFile(file, bytesMax);
  } catch (error) {
    if (!(error instanceof StreetdexError)) throw error;
    unread.push(notRead(file, error));
    return null;
  }
}

function notRead(file: string, { code }: StreetdexError): FactNote {
  return { what: 'A sidecar beside the photo was not read', got: `${basename(file)}: ${code}` };
}
