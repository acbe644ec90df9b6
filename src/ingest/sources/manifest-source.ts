import { dirname, join, relative } from 'node:path';
import { NoteTally } from '../note-tally.js';
import { type Allows, ANYTHING } from './allowed.js';
import type { Issue, PhotoSource, SourceItem, SourceNotes } from './candidate.js';
import { type FoundImage, ImageFolder } from './find-image.js';
import type { Manifest } from './manifest.js';
import type { ManifestRow } from './manifest-row.js';

/** At most so many rows without a usable photo are kept one by one: a data set may be mostly absent. */
const ISSUES_MAX = 10_000;

const AGAIN = 'A photo is named by more than one row, of which the first counts';
const AGAIN_ELSEWHERE = 'A photo is named by more than one row with different positions, of which the first counts';

/** The photos that a manifest names, below `images` or else below the manifest's own folder. */
export class ManifestSource implements PhotoSource {
  readonly #images: ImageFolder;

  readonly #manifest: Manifest;

  constructor(
    readonly name: string,
    manifest: Manifest,
    images: string | null,
    allows: Allows = ANYTHING,
  ) {
    this.#manifest = manifest;

    const beside = dirname(manifest.file);
    this.#images = new ImageFolder(images ?? beside, allows, beside);
  }

  count(): Promise<number> {
    return this.#manifest.count();
  }

  async *items(notes: SourceNotes): AsyncGenerator<SourceItem> {
    const nameless: string[] = [];
    const seen = new Map<string, ManifestRow>();
    let namelessRows = 0;
    let issues = 0;
    let left = 0;
    const unread = new NoteTally();
    const again = new NoteTally();
    const doubtful = new Set<string>();
    for await (const row of this.#manifest.rows(notes)) {
      if (row.name === null) {
        namelessRows++;
        if (nameless.length < 10) nameless.push(row.where);
        continue;
      }
      const found = await this.#images.find(row.name);
      const issue = row.issue ?? found.issue;
      const key = join(found.root, found.path);
      for (const path of found.several) doubtful.add(join(found.root, path));
      const earlier = seen.get(key);
      seen.set(key, earlier ?? row);
      if (earlier !== undefined) {
        const reason = repeated(earlier, row, found.path);
        again.add(found.path, [
          { what: isSamePosition(earlier, row) ? AGAIN : AGAIN_ELSEWHERE, got: reason.slice(0, -1) },
        ]);
        if (notes.repeated.length < ISSUES_MAX) notes.repeated.push({ path: found.path, reason });
        continue;
      }
      if (issue === null) unread.add(found.path, row.notes);
      if (issue !== null && ++issues > ISSUES_MAX) left++;
      else yield candidate(found, row, issue, this.#manifest.file);
    }
    notes.notices.push(...unread.sentences(), ...again.sentences('row', 'rows'));
    yield {
      kind: 'container',
      root: this.#images.root,
      path: relative(this.#images.root, this.#manifest.file) || this.#manifest.file,
      issue: leftIssue(namelessRows, nameless, left),
      manifest: {
        file: this.#manifest.file,
        names: (file) => seen.has(file) || doubtful.has(file),
      },
    };
  }
}

function candidate(
  { root, path }: FoundImage,
  row: ManifestRow,
  issue: Issue | null,
  manifestFile: string,
): SourceItem {
  const consulted = async (file: string) => file === manifestFile;
  return { kind: 'photo', root, path, file: join(root, path), manifest: row.facts, manifestFile, consulted, issue };
}

function repeated(earlier: ManifestRow, row: ManifestRow, path: string): string {
  const elsewhere = isSamePosition(earlier, row) ? '' : `, with another position (${row.lat}, ${row.lon})`;
  return `${row.where} names ${path} again${elsewhere}; ${earlier.where} counts.`;
}

function isSamePosition(a: ManifestRow, b: ManifestRow): boolean {
  return Object.is(a.lat, b.lat) && Object.is(a.lon, b.lon);
}

function leftIssue(namelessRows: number, nameless: readonly string[], left: number): Issue | null {
  if (namelessRows === 0 && left === 0) return null;
  const parts = [
    namelessRows > 0
      ? `${namelessRows} rows name no file (${nameless.join(', ')}${namelessRows > nameless.length ? ', …' : ''})`
      : null,
    left > 0 ? `${left} more rows can't be used; only the first ${ISSUES_MAX} are listed one by one` : null,
  ];
  return {
    code: 'manifest_row_invalid',
    reason: `Expected a photo in each row: ${parts.filter((part) => part !== null).join('; ')}.`,
  };
}
