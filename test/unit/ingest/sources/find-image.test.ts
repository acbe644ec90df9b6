import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ImageFolder } from '../../../../src/ingest/sources/find-image.js';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function found(files: readonly string[], name: string): Promise<string> {
  const root = temporaryFolder(Object.fromEntries(files.map((file) => [file, 'x'])));
  const { path, issue } = await new ImageFolder(root).find(name.replace('{root}', root));
  return issue === null ? path : issue.code;
}

describe('a photo that a manifest names', () => {
  it.each([
    ['as written', ['x/a b.jpg'], 'x/a b.jpg', 'x/a b.jpg'],
    ['from here', ['x/a.jpg'], './x/../x/a.jpg', 'x/a.jpg'],
    ['with backslashes', ['x/y/a.jpg'], 'x\\y\\a.jpg', 'x/y/a.jpg'],
    ['with both kinds of slashes', ['x/y/a.jpg'], '.\\x/y\\a.jpg', 'x/y/a.jpg'],
    ['with a space as an escape', ['a b.jpg'], 'a%20b.jpg', 'a b.jpg'],
    ['with an umlaut as an escape', ['x/Z\u00fcrich.jpg'], 'x/Z%C3%BCrich.jpg', 'x/Z\u00fcrich.jpg'],
    ['with an umlaut as an escape of Windows-1252', ['Z\u00fcrich.jpg'], 'Z%FCrich.jpg', 'Z\u00fcrich.jpg'],
    ['with a per cent sign of its own', ['100%25.jpg', '100%.jpg'], '100%25.jpg', '100%25.jpg'],
    ['with a per cent sign that is no escape', ['100% wool.jpg'], '100% wool.jpg', '100% wool.jpg'],
    ['decomposed, the disk composed', ['Z\u00fcrich.jpg'], 'Zu\u0308rich.jpg', 'Z\u00fcrich.jpg'],
    ['composed, folder and file decomposed', ['o\u0308/u\u0308.jpg'], '\u00f6/\u00fc.jpg', 'o\u0308/u\u0308.jpg'],
    ['in another letter case', ['Tag/IMG_1.JPG'], 'tag/img_1.jpg', 'Tag/IMG_1.JPG'],
    ['in its own letter case among others', ['a.JPG', 'A.jpg', 'a.jpg'], 'a.jpg', 'a.jpg'],
    ['in its own letter case deeper below', ['A.JPG', 'x/a.jpg'], 'a.jpg', 'x/a.jpg'],
    ['composed before in another letter case', ['U\u0308.jpg', 'u\u0308.jpg'], '\u00fc.jpg', 'u\u0308.jpg'],
    ['as an address', ['x/a b.jpg'], 'file://{root}/x/a%20b.jpg', 'x/a b.jpg'],
    ['as an address of this host', ['x/a.jpg'], 'file://localhost{root}/x/a.jpg', 'x/a.jpg'],
    ['as an address of Windows', ['photos/x/a.jpg'], 'file:///C:/Users/me/photos/x/a.jpg', 'photos/x/a.jpg'],
    ['on a share', ['x/a.jpg'], '\\\\nas\\photos\\x\\a.jpg', 'x/a.jpg'],
    ['on another machine', ['b/a.jpg', 'z/b/a.jpg', 'y/a.jpg'], '/home/me/z/b/a.jpg', 'z/b/a.jpg'],
    ['on another machine, above the rest', ['b/a.jpg', 'z/b/a.jpg'], '/home/me/b/a.jpg', 'b/a.jpg'],
    ['on the web', ['x/1_big.jpg'], 'https://photos.test/static/1_big.jpg?size=b#top', 'x/1_big.jpg'],
    ['by an id', ['train/0/77.JPG'], '77', 'train/0/77.JPG'],
    ['by an id with its folder', ['t/0/77.jpg', 't/1/77.jpg'], '1/77', 't/1/77.jpg'],
  ])('is found %s', async (_how, files, name, path) => {
    expect(await found(files, name)).toBe(path);
  });

  it.each([
    ['one of two in other folders', ['x/a.jpg', 'y/a.jpg'], 'a.jpg', 'file_ambiguous'],
    ['one of two in other letter cases', ['a.JPG', 'A.jpg'], 'a.jpg', 'file_ambiguous'],
    ['one of two kinds of picture', ['x/7.jpg', 'x/7.png'], '7', 'file_ambiguous'],
    ['one of two on another machine', ['x/b/a.jpg', 'y/b/a.jpg'], '/home/me/b/a.jpg', 'file_ambiguous'],
    ['one of two on the web', ['x/a.jpg', 'y/a.jpg'], 'https://photos.test/a.jpg', 'file_ambiguous'],
    ['in a folder that is not there', ['a.jpg'], 'vienna/a.jpg', 'file_missing'],
    ['not there', ['b.jpg'], 'a.jpg', 'file_missing'],
    ['nothing but dots', ['b.jpg'], '..', 'file_missing'],
  ])('is not guessed where it is %s', async (_how, files, name, code) => {
    expect(await found(files, name)).toBe(code);
  });
});

describe('--images and where the manifest lies', () => {
  async function paths(files: readonly string[], name: string, images = 'm') {
    const root = temporaryFolder(Object.fromEntries(files.map((file) => [file, 'x'])));
    mkdirSync(join(root, images), { recursive: true });
    const beside = join(root, 'csv');
    const found = await new ImageFolder(join(root, images), undefined, beside).find(name);
    return [found.root.slice(root.length + 1), found.path, found.issue?.code ?? null];
  }

  it.each([
    ['the folder that --images names', ['m/a.jpg'], 'm/a.jpg', 'm', 'a.jpg'],
    ['more folders, the last of which --images names', ['m/x/a.jpg'], 'export/M/x/a.jpg', 'm', 'x/a.jpg'],
    ['the way from the manifest', ['csv/pics/a.jpg'], 'pics/a.jpg', 'csv', 'pics/a.jpg'],
    [
      'the way from the manifest in other letters',
      ['csv/Pics/U\u0308.JPG'],
      'pics/\u00fc.jpg',
      'csv',
      'Pics/U\u0308.JPG',
    ],
    ['the way from the manifest into --images', ['m/x/a.jpg'], '../m/x/a.jpg', 'm', 'x/a.jpg'],
    ['a file that is in both', ['m/a.jpg', 'csv/a.jpg'], 'a.jpg', 'm', 'a.jpg'],
    ['a file that is deeper in --images', ['m/x/a.jpg', 'csv/a.jpg'], 'a.jpg', 'm', 'x/a.jpg'],
  ])('may be written with %s', async (_how, files, name, root, path) => {
    expect(await paths([...files, 'csv/list.csv'], name)).toEqual([root, path, null]);
  });

  it('do not make a file of another place one of theirs', async () => {
    expect(await paths(['elsewhere/a.jpg', 'csv/list.csv'], '../elsewhere/a.jpg')).toEqual([
      'm',
      '../elsewhere/a.jpg',
      'file_outside_images',
    ]);
  });

  it('give each photo the folder that it was found in', async () => {
    const folder = temporaryFolder({
      'csv/list.csv': 'file,lat,lon\nm/a.jpg,1,2\nown/b.jpg,3,4\n',
      'photos/m/a.jpg': 'x',
      'csv/own/b.jpg': 'y',
    });
    const { photos } = await collectSource(await openSource(join(folder, 'csv/list.csv'), join(folder, 'photos/m')));
    expect(photos.map(({ root, path, file, issue }) => [root, path, file, issue])).toEqual([
      [join(folder, 'photos/m'), 'a.jpg', join(folder, 'photos/m/a.jpg'), null],
      [join(folder, 'csv'), 'own/b.jpg', join(folder, 'csv/own/b.jpg'), null],
    ]);
  });
});
