import { type Command, JSON_FLAG } from '../command.js';

export const tag: Command = {
  name: 'tag',
  arguments: '',
  summary: 'Tag the photos of an index with label sets, from their vectors; without --set, show what is tagged.',
  examples: [
    'streetdex tag --set road-surface --index indexes/city',
    'streetdex tag --set light,weather --index indexes/city',
    'streetdex tag --index indexes/city',
  ],
  flags: {
    set: {
      type: 'string',
      value: 'NAME,…',
      describe:
        'Label sets (`streetdex label-sets list`). A set with a probe is tagged by it, another one by its sentences, which is weak.',
    },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'threads', 'device', 'data_dir'],
  positionals: [0, 0],
  exits: { 130: 'It was stopped; what is tagged is kept, and the same command goes on.' },
  load: async () => (await import('../run/tag.js')).tag,
};
