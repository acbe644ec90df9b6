import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { AllowedRoots } from '../../../src/ingest/allowed-roots.js';
import { allowedBelow } from '../../../src/ingest/sources/allowed.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let base: string;
let photos: string;
let secret: string;

beforeEach(() => {
  base = temporaryFolder();
  photos = join(base, 'photos');
  secret = join(base, 'secret');
  for (const folder of [photos, secret, join(photos, 'walk'), join(base, 'photos-more')]) mkdirSync(folder);
  writeFileSync(join(secret, 'a.jpg'), 'x');
  writeFileSync(join(photos, 'a.jpg'), 'x');
  symlinkSync(secret, join(photos, 'out'));
  symlinkSync(join(photos, 'walk'), join(photos, 'in'));
});

describe('the allowed folders', () => {
  it('are named by their last part, or as the operator says', async () => {
    const roots = new AllowedRoots([photos, `city=${secret}`]);
    expect(roots.names).toEqual(['photos', 'city']);
    const { sources, options } = await roots.resolve({ sources: ['photos/walk', 'photos/in', 'city'], images: 'city' });
    expect(sources).toEqual([join(photos, 'walk'), join(photos, 'in'), secret]);
    expect(options).toEqual({ images: secret, within: [photos, secret] });
  });

  it.each([
    'photos/out',
    'photos/out/a.jpg',
    'photos/../secret',
    'photos/walk/../../secret/a.jpg',
    'photos-more',
    'secret',
    '/etc/passwd',
    '..',
    '',
    'photos/\0',
  ])('can not be left by %j', async (source) => {
    const roots = new AllowedRoots([photos]);
    await expect(roots.resolve({ sources: [source] })).rejects.toMatchObject({ code: 'source_not_allowed' });
    await expect(roots.resolve({ sources: ['photos'], images: source })).rejects.toMatchObject({
      code: 'source_not_allowed',
    });
    await expect(roots.resolve({ sources: ['photos'], gpx: [source] })).rejects.toMatchObject({
      code: 'source_not_allowed',
    });
  });

  it('say what is not there, and that nothing is allowed', async () => {
    await expect(new AllowedRoots([photos]).resolve({ sources: ['photos/none'] })).rejects.toMatchObject({
      code: 'source_not_found',
    });
    await expect(new AllowedRoots([]).resolve({ sources: ['photos'] })).rejects.toMatchObject({
      code: 'ingestion_not_allowed',
    });
  });

  it('must have names that differ', () => {
    expect(() => new AllowedRoots([photos, join(base, 'other', 'photos')])).toThrow(/name of its own/);
    // The root of the file system has no last part to be named by.
    expect(() => new AllowedRoots(['/'])).toThrow(expect.objectContaining({ code: 'ingest_root_invalid' }));
  });

  it('stay out of sentences', () => {
    const roots = new AllowedRoots([photos]);
    expect(roots.plain(`No folder ${photos}.`)).toBe('No folder photos.');
    expect(roots.plain(`${photos}2/b.jpg and ${photos}/b.jpg`)).toBe(`${photos}2/b.jpg and photos/b.jpg`);
    const nested = new AllowedRoots([photos, `inner=${photos}/a`]);
    expect(nested.plain(`${photos}/a/b.jpg, ${photos}/ab.jpg`)).toBe('inner/b.jpg, photos/ab.jpg');
    expect(roots.plain(`No file at ${photos}/a/b.jpg.`)).toBe('No file at photos/a/b.jpg.');
    expect(roots.plainSource(`${photos}/a`)).toBe('photos/a');
    expect(roots.plainSource('/somewhere/else/walk')).toBe('walk');
  });
});

describe('what lies below allowed folders', () => {
  it('is told once links are followed', () => {
    const allows = allowedBelow([photos]);
    expect(['', 'a.jpg', 'walk', 'in'].map((name) => allows(join(photos, name)))).toEqual([true, true, true, true]);
    expect(['out', 'out/a.jpg', 'none'].map((name) => allows(join(photos, name)))).toEqual([false, false, false]);
    expect(allows(join(base, 'photos-more'))).toBe(false);
  });
});
