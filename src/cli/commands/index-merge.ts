import { type Command, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';

const INTO = {
  type: 'string',
  value: 'INDEX',
  describe: 'Where it goes: a new or empty place, or one where this was begun.',
} as const;

const STOPPED = { 130: 'It was stopped; what is copied is kept, and the same command goes on.' };

export const indexMerge: Command = {
  name: 'index merge',
  arguments: 'INDEX INDEX',
  summary: 'Bring two indexes of one model together in a new one; a photo that both have is one reference.',
  examples: ['streetdex index merge indexes/north indexes/south --into indexes/city'],
  flags: { into: INTO, json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [2, 2],
  exits: STOPPED,
  load: async () => (await import('../run/index-merge.js')).indexMerge,
};

export const indexSubset: Command = {
  name: 'index subset',
  arguments: '',
  summary: 'Copy a part of an index to a new one, with vectors and sources.',
  examples: [
    'streetdex index subset --index indexes/world --country Poland --into indexes/poland',
    'streetdex index subset --index indexes/city --captured-after 2024-01-01 --into indexes/recent',
  ],
  flags: { into: INTO, ...FILTER_FLAGS, json: JSON_FLAG },
  settings: ['index', 'data_dir'],
  positionals: [0, 0],
  exits: STOPPED,
  load: async () => (await import('../run/index-merge.js')).indexSubset,
};
