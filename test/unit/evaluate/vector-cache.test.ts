import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { toUnitVector, type UnitVector } from '../../../src/domain/unit-vector.js';
import { textContent, VectorCache } from '../../../src/evaluate/vector-cache.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const MODEL = 'a'.repeat(64);
const content = (text: string) => createHash('sha256').update(text).digest('hex');
const vector = toUnitVector([1, -2, 3, 0.5]);

function open(folder: string, model = MODEL, dimension = 4): VectorCache {
  return new VectorCache(folder, model, dimension);
}

describe('the cache of vectors', () => {
  it('gives back what was put, the same bits, also after it was closed', () => {
    const folder = temporaryFolder();
    const first = open(folder);
    first.put([{ content: content('photo'), vector }]);
    expect(first.vector(content('photo'))).toEqual(vector);
    first.close();
    const second = open(folder);
    expect(second.vector(content('photo'))).toEqual(vector);
    expect(second.vector(content('another'))).toBeNull();
    second.close();
  });

  it('keeps the vectors of models apart, and the hashes of files for all of them', () => {
    const folder = temporaryFolder();
    const one = open(folder);
    const file = { path: '/photos/a.jpg', bytes: 100, mtimeMs: 1_700_000_000_000.7, ctimeMs: 2.5, inode: '9' };
    one.put([{ content: content('photo'), vector, file }]);
    const other = open(folder, 'b'.repeat(64), 2);
    expect(other.vector(content('photo'))).toBeNull();
    other.put([{ content: content('photo'), vector: toUnitVector([3, 4]) }]);
    expect(one.vector(content('photo'))).toEqual(vector);
    expect(other.vector(content('photo'))).toEqual(toUnitVector([3, 4]));
    expect(other.contentOf(file)).toBe(content('photo'));
    one.close();
    other.close();
  });

  it('does not know a file again whose size, times or inode changed', () => {
    const cache = open(temporaryFolder());
    const file = { path: '/photos/a.jpg', bytes: 100, mtimeMs: 5_000, ctimeMs: 6_000.25, inode: '9' };
    cache.put([{ content: content('photo'), file }]);
    expect(cache.contentOf(file)).toBe(content('photo'));
    expect(cache.contentOf({ ...file, bytes: 101 })).toBeNull();
    expect(cache.contentOf({ ...file, mtimeMs: 6_000 })).toBeNull();
    expect(cache.contentOf({ ...file, ctimeMs: 6_000.5 })).toBeNull();
    expect(cache.contentOf({ ...file, inode: '10' })).toBeNull();
    expect(cache.contentOf({ ...file, path: '/photos/b.jpg' })).toBeNull();
    cache.put([{ content: content('edited'), file: { ...file, mtimeMs: 6_000 } }]);
    expect(cache.contentOf({ ...file, mtimeMs: 6_000 })).toBe(content('edited'));
    cache.close();
  });

  it('never takes a sentence for a photo with the same bytes', () => {
    expect(textContent('Paris')).not.toBe(content('Paris'));
    expect(textContent('Paris')).not.toBe(textContent('paris'));
    expect(textContent('Paris')).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['is not finite', Float32Array.from([1, Number.NaN, 0, 0])],
    ['is not of length 1', Float32Array.from([3, 4, 0, 0])],
    ['has another number of values', Float32Array.from([1, 0, 0])],
  ])('says that there is none where the stored one %s', (_, stored) => {
    const cache = open(temporaryFolder());
    cache.put([{ content: content('photo'), vector: stored as UnitVector }]);
    expect(cache.vector(content('photo'))).toBeNull();
    cache.close();
  });

  it('keeps all of a batch or nothing of it', () => {
    const cache = open(temporaryFolder());
    expect(() =>
      cache.put([
        { content: content('good'), vector },
        { content: 'no hash', vector },
      ]),
    ).toThrow();
    expect(cache.vector(content('good'))).toBeNull();
    cache.close();
  });

  it('refuses a file of another kind by name', () => {
    const folder = temporaryFolder();
    putFile(folder, 'vectors.sqlite', 'not a database, but long enough to be looked at as one'.repeat(40));
    expect(() => open(folder)).toThrow(expect.objectContaining({ code: 'not_a_database' }));
    const other = temporaryFolder();
    const db = openSqlite(join(other, 'vectors.sqlite'));
    db.exec('CREATE TABLE theirs (x)');
    db.close();
    expect(() => open(other)).toThrow(expect.objectContaining({ code: 'not_a_database' }));
  });
});
