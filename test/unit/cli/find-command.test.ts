import { describe, expect, it } from '@jest/globals';
import type { Command } from '../../../src/cli/command.js';
import { findCommand } from '../../../src/cli/find-command.js';

const commands = ['bake', 'stir', 'oven heat', 'oven clean', 'pan clean'].map(
  (name): Command => ({
    name,
    arguments: '',
    summary: '',
    examples: [],
    flags: {},
    settings: [],
    positionals: [0, 0],
    load: async () => async () => undefined,
  }),
);

const found = (...words: string[]) => {
  const one = findCommand(commands, words);
  return one.kind === 'group' ? [one.kind, one.group, ...one.rest] : [one.kind, one.command.name, ...one.rest];
};

describe('findCommand', () => {
  it('takes one word or two, and leaves the rest', () => {
    expect(found('bake', 'bread', '--hot')).toEqual(['command', 'bake', 'bread', '--hot']);
    expect(found('oven', 'heat', '200')).toEqual(['command', 'oven heat', '200']);
  });

  it('takes the name of a group alone, or before a flag', () => {
    expect(found('oven')).toEqual(['group', 'oven']);
    expect(found('oven', '--help')).toEqual(['group', 'oven', '--help']);
  });

  it.each([
    [['bkae', 'bread'], 'There is no command "bkae". Did you mean bake?'],
    [['ovne', 'heat'], 'Did you mean oven heat?'],
    [['ovn'], 'Did you mean oven?'],
    [['oven', 'haet'], 'There is no command "oven haet". Did you mean oven heat? Known are: oven heat, oven clean.'],
    [['oven', 'explode'], 'There is no command "oven explode". Known are: oven heat, oven clean.'],
    [['clean'], 'Did you mean oven clean or pan clean?'],
    [['levitate'], 'Known are: bake, stir, oven heat'],
  ])('says of %p what may have been meant', (words, message) => {
    expect(() => found(...words)).toThrow(expect.objectContaining({ code: 'unknown_command' }));
    expect(() => found(...words)).toThrow(message);
  });
});
