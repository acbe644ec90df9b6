import { type Command, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';

export const duplicates: Command = {
  name: 'duplicates',
  arguments: '',
  summary:
    'Find photos that are one and the same picture (encoded anew, resized, cropped, watermarked), or of one place. Nothing is deleted.',
  examples: [
    'streetdex duplicates --index indexes/city',
    'streetdex duplicates --index indexes/city --country Poland --json > duplicates.json',
    'streetdex duplicates --index indexes/city --kind place',
  ],
  flags: {
    kind: {
      type: 'string',
      value: 'KIND',
      choices: ['picture', 'place'],
      default: 'picture',
      describe:
        'Whether they are one picture, by their pixels, or other pictures within 25 m of each other, by their positions.',
    },
    limit: { type: 'string', value: 'N', describe: 'How many groups.', default: '50' },
    cursor: { type: 'string', value: 'CURSOR', describe: 'Go on after the groups shown before.' },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
  },
  settings: ['index', 'pixels_max'],
  positionals: [0, 0],
  exits: { 130: 'It was stopped; what was compared is kept, and the same command goes on.' },
  load: async () => (await import('../run/duplicates.js')).duplicates,
};
