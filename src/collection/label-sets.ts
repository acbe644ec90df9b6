import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import { fault } from '../domain/errors.js';
import { nearestWords } from '../domain/nearest-words.js';
import { type LabelSet, parseLabelSet } from './label-set.js';

/** 256 labels of 128 sentences of 100 characters are 3 MB. */
const BYTES_MAX = 32 * 1024 * 1024;

/** A set that was found, or why it can't be used. */
export interface ListedLabelSet {
  readonly name: string;
  readonly file: string;
  /** Whether it is in the data folder; such a set replaces a shipped one of the same name. */
  readonly own: boolean;
  readonly set: LabelSet | null;
  readonly error: string | null;
}

/** All label sets, by name. @param dataDir the user's own are in its `label-sets/` */
export function listLabelSets(dataDir: string): ListedLabelSet[] {
  return [...filesOf(dataDir)].map(([name, { file, own }]) => {
    try {
      return { name, file, own, set: readFile(name, file), error: null };
    } catch (error) {
      return { name, file, own, set: null, error: (error as Error).message };
    }
  });
}

/**
 * The label set of this name: the user's own, else the shipped one.
 * @throws `label_set_not_found`, `unreadable`, and what `parseLabelSet` throws
 */
export function readLabelSet(dataDir: string, name: string): LabelSet {
  const files = filesOf(dataDir);
  const found = files.get(name);
  if (found !== undefined) return readFile(name, found.file);
  const near = nearestWords(name, [...files.keys()]);
  const meant = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  throw fault(
    'label_set_not_found',
    `Expected the name of a label set, got '${name}'.${meant} \`streetdex label-sets list\` shows them; your own lie in \`label-sets/\` of the data folder (\`data_dir\`).`,
  );
}

function filesOf(dataDir: string): Map<string, { readonly file: string; readonly own: boolean }> {
  const found = [packageRoot(), dataDir].flatMap((root, i) => {
    const folder = join(root, 'label-sets');
    const own = i === 1;
    return namesIn(folder).map((entry) => [entry.slice(0, -5), { file: join(folder, entry), own }] as const);
  });
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((entry) => entry.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fault('folder_unreadable', `Expected to read ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function readFile(name: string, file: string): LabelSet {
  const set = parseLabelSet(parsed(file), file);
  if (set.id === name) return set;
  throw fault('label_set_invalid', `Expected the id '${name}' in ${file}, as the file is called, got '${set.id}'.`);
}

function parsed(file: string): unknown {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > BYTES_MAX) {
      throw fault('label_set_invalid', `Expected a label set of at most ${BYTES_MAX} bytes, got ${size} in ${file}.`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw fault('unreadable', `Expected to read ${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault('label_set_invalid', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
