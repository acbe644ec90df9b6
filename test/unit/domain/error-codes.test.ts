import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { describeErrors } from '../../../src/domain/describe-errors.js';
import { ERROR_CODES, type ErrorCode } from '../../../src/domain/error-codes.js';
import { fault } from '../../../src/domain/errors.js';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** The text of all files below a folder but those whose path ends in one of `except`. */
function textBelow(folder: string, except: readonly string[] = []): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !except.some((end) => file.endsWith(end)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

it('every code is thrown somewhere', () => {
  const source = textBelow('src', ['domain/error-codes.ts']).replaceAll(/hasCode\([^)]*\)/g, '');
  expect(CODES.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});

it('every code is met by a test', () => {
  // What a fake throws is not met yet.
  const tests = textBelow('test', ['domain/error-codes.test.ts']).replaceAll(/fault\('[a-z_]+'/g, '');
  expect(CODES.filter((code) => !new RegExp(`['"[]${code}['"\\]]`).test(tests))).toEqual([]);
});

it('an error takes family and status from the table', () => {
  expect(fault('reference_not_found', 'x.')).toMatchObject({ family: 'caller', status: 404, isMendable: true });
  expect(fault('config_invalid', 'x.')).toMatchObject({ family: 'operator', status: 500, isMendable: true });
  expect(fault('internal', 'x.')).toMatchObject({ family: 'ours', status: 500, isMendable: false });
  expect(fault('index_busy', 'x.')).toMatchObject({ family: 'later', status: 503, isMendable: false });
});

it('docs/errors.md is what the table says', () => {
  expect(readFileSync('docs/errors.md', 'utf8')).toBe(describeErrors());
});
