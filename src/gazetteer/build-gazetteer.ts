import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { fault, hasCode, type StreetdexError } from '../domain/errors.js';
import { diskError, removeDraft, renameInto } from '../store/atomic-write.js';
import { makeFolder } from '../store/make-folder.js';
import { openDatabase } from '../store/open-database.js';
import { storeError } from '../store/store-error.js';
import { alternateCountryNames } from './country-names.js';
import { foldName } from './fold-name.js';
import { type Gathered, gatherPlaces } from './gather-places.js';
import type { GazetteerSource } from './gazetteer-source.js';

const ABANDONED_MS = 10 * 60_000;

/**
 * Writes the places of a source to a gazetteer file: under another name beside it, synced, then renamed into place, so that
 * readers have either the old file or the new one. Of two processes that build at once the later one wins.
 * @throws `gazetteer_source_empty` when the source has no city, `folder_read_only`, or what `storeError` maps.
 */
export function buildGazetteer(file: string, source: GazetteerSource): void {
  const gathered = gatherPlaces(source);
  if (gathered.cities.length === 0) {
    throw fault(
      'gazetteer_source_empty',
      `Expected cities from ${source.description}, found none of a country in its list of countries.`,
    );
  }
  const building = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.building`;
  try {
    makeFolder(dirname(file));
    removeAbandoned(file);
    const db = openDatabase(building, { migrations: 'gazetteer', create: true });
    try {
      // Without a write-ahead log, so that the file can be read from a read-only folder.
      db.pragma('journal_mode = DELETE');
      db.transaction(() => writePlaces(db, gathered, source)).immediate();
      db.exec('ANALYZE');
    } finally {
      db.close();
    }
    // Files that a damaged gazetteer left beside it do not belong to the new one.
    for (const ending of ['-journal', '-wal', '-shm']) rmSync(file + ending, { force: true });
    renameInto(building, file);
  } catch (error) {
    for (const ending of ['', '-journal', '-wal', '-shm']) removeDraft(building + ending);
    throw buildError(error, file);
  }
}

function writePlaces(db: Database, { countries, regions, cities }: Gathered, source: GazetteerSource): void {
  const hash = createHash('sha256');
  const insert = (table: string, width: number) => {
    const statement = db.prepare(`INSERT INTO ${table} VALUES (${Array(width).fill('?').join(', ')})`);
    return (...row: readonly (string | number | null)[]) => {
      hash.update(`${table}\t${JSON.stringify(row)}\n`);
      statement.run(...row);
    };
  };
  const country = insert('countries', 7);
  for (const { id, name, population, areaKm2, point, spreadKm } of countries) {
    country(id, name, population, areaKm2, round(point.lat), round(point.lon), round(spreadKm));
  }
  const region = insert('regions', 7);
  for (const { id, iso2, name, population, point, spreadKm } of regions) {
    region(id, iso2, name, population, round(point.lat), round(point.lon), round(spreadKm));
  }
  const city = insert('cities', 7);
  for (const { id, iso2, regionId, name, population, lat, lon } of cities) {
    city(id, iso2, regionId, name, population, lat, lon);
  }
  // Names for search are not part of the hash: Unicode's vary with Node's version, and no caption depends on them.
  writeNames(db, { countries, regions, cities });
  const meta = db.prepare('INSERT INTO meta VALUES (?, ?)');
  meta.run('hash', hash.digest('hex'));
  meta.run('source', source.description);
  meta.run('attribution', source.attribution);
  meta.run('built_at', new Date().toISOString());
}

function writeNames(db: Database, { countries, regions, cities }: Gathered): void {
  const insert = db.prepare('INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?, ?, ?)');
  const add = (names: readonly string[], id: string, level: string, iso2: string, population: number) => {
    for (const name of names) {
      const folded = foldName(name);
      if (folded !== '') insert.run(folded, id, name, level, iso2, population);
    }
  };
  for (const { id, name, languages, population } of countries) {
    add([name, ...alternateCountryNames(id, languages)], id, 'country', id, population);
  }
  for (const { id, iso2, name, population } of regions) add([name], id, 'region', iso2, population);
  for (const { id, iso2, name, alternates, population } of cities) {
    add([name, ...alternates], id, 'city', iso2, population);
  }
}

/** Six decimals: a tenth of a metre, and the same text from every floating-point unit. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function removeAbandoned(file: string): void {
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(file)}.`) || !name.includes('.building')) continue;
    const path = join(folder, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modified !== undefined && Date.now() - modified > ABANDONED_MS) rmSync(path, { force: true });
  }
}

function buildError(error: unknown, file: string): unknown {
  const mapped = diskError(storeError(error, file), file);
  return hasCode(mapped, 'index_read_only') ? folderReadOnly(file, mapped) : mapped;
}

function folderReadOnly(file: string, cause: unknown): StreetdexError {
  return fault(
    'folder_read_only',
    `The gazetteer can't be written to ${file}: its folder or its disk is read-only. Give this user write access to the folder, or name another data folder.`,
    { cause },
  );
}
