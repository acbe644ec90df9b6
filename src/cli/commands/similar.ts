import { type Command, JSON_FLAG } from '../command.js';

export const similar: Command = {
  name: 'similar',
  arguments: '[PHOTO]',
  summary: 'Find the references that look like a photo, a reference or some words.',
  examples: [
    'streetdex similar photo.jpg --index indexes/city --limit 5',
    'streetdex similar --id 3f1c29 --index indexes/city',
    'streetdex similar --text "narrow street with palm trees" --index indexes/city --json',
  ],
  flags: {
    id: { type: 'string', value: 'ID', describe: 'Ask with a reference of the index: its id, or the start of it.' },
    text: { type: 'string', value: 'WORDS', describe: 'Ask with words.' },
    limit: { type: 'string', value: 'N', describe: 'How many references.', default: '10' },
    'min-score': {
      type: 'string',
      value: 'COSINE',
      describe: 'Leave out scenes whose similarity (a cosine, at most 1) is below this.',
    },
    collapse: { type: 'boolean', describe: 'Show one of each group (same sequence, or within 25 m).' },
    'collapse-copies': {
      type: 'boolean',
      describe: 'Show one of each picture, by the copies that `streetdex duplicates` has found.',
    },
    exact: { type: 'boolean', describe: 'Compare with every reference: slower, and misses none.' },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'threads', 'device'],
  positionals: [0, 1],
  load: async () => (await import('../run/similar.js')).similar,
};
