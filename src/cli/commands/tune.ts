import { type Command, JSON_FLAG } from '../command.js';
import { QUERY_FLAGS } from '../query-flags.js';

export const tune: Command = {
  name: 'tune',
  arguments: '',
  summary: 'Tune an index on photos of known places: weigh its evidence, and measure how often its answers are right.',
  examples: [
    'streetdex tune --index indexes/city --manifest photos.csv --images photos/',
    'streetdex tune --index indexes/city --manifest photos.csv --exclude sequence,author',
    'streetdex tune --index indexes/city --leave-out author --limit 3000',
  ],
  flags: {
    ...QUERY_FLAGS,
    seed: {
      type: 'string',
      value: 'TEXT',
      describe: 'Decides how the photos are split; the same seed gives the same profile.',
    },
    'dry-run': { type: 'boolean', describe: 'Tune and compare, but keep the present profile.' },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'data_dir', 'threads', 'device', 'pixels_max'],
  positionals: [0, 0],
  exits: {
    1: 'The present profile was kept: nothing better was found, or there were too few photos.',
    130: 'It was stopped.',
  },
  load: async () => (await import('../run/tune.js')).tune,
};
