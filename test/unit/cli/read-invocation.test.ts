import { describe, expect, it } from '@jest/globals';
import { ingest } from '../../../src/cli/commands/ingest.js';
import { locate } from '../../../src/cli/commands/locate.js';
import { readInvocation } from '../../../src/cli/read-invocation.js';

describe('what a command is asked for', () => {
  it.each([
    [ingest, ['']],
    [ingest, ['photos', '']],
    [locate, ['']],
  ])('is refused where an argument is empty, which would be the working folder', (command, args) => {
    expect(() => readInvocation(command, args)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('an empty argument') }),
    );
  });

  it('has its arguments in their order', () => {
    expect(readInvocation(ingest, ['b', 'a', '--index', 'i']).positionals).toEqual(['b', 'a']);
  });
});
