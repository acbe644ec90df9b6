import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../support/temporary-folder.js';

const ROOMS = ['clip', 'domain', 'evaluate', 'geo', 'images', 'locate', 'pocket-world', 'search'];
const EMPTY = Object.fromEntries(ROOMS.map((room) => [`src/${room}/empty.ts`, '']));

function check(text: string): { status: number | null; stderr: string } {
  const folder = temporaryFolder({ ...EMPTY, 'src/geo/a.ts': text });
  const { status, stderr } = spawnSync(process.execPath, ['scripts/check-casts.mjs', folder], { encoding: 'utf8' });
  return { status, stderr };
}

describe('the check of casts', () => {
  it('has nothing against this project', () => {
    expect(spawnSync(process.execPath, ['scripts/check-casts.mjs'], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it.each([
    ['a list that is cast', 'const all = found as number[];'],
    ['an empty list of a type', 'const none = [] as string[];'],
    ['a list that is constant', "const all = ['a', ...rest] as const;"],
    ['a sentence about one', '/** Not `as number`. */'],
    ['a private constructor', 'class A {\n  private constructor() {}\n}'],
    ['a private member as the language has it', 'class A {\n  readonly #a = 1;\n}'],
  ])('has nothing against %s', (_, text) => {
    expect(check(text)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['a cast to a number', '\nconst one = (values[0] as number) + 1;', 'src/geo/a.ts:2: casts to a number'],
    [
      'a cast of what indexing gives',
      '\nconst first = words[0] as string;',
      'src/geo/a.ts:2: casts what indexing gives',
    ],
    ['a private field', 'class A {\n  private readonly a = 1;\n}', 'src/geo/a.ts:2: has a private member'],
    ['a private parameter', 'class A {\n  constructor(private a: 1) {}\n}', 'src/geo/a.ts:2: has a private member'],
  ])('fails on %s', (_, text, problem) => {
    const { status, stderr } = check(text);
    expect(status).toBe(1);
    expect(stderr).toContain(problem);
  });
});
