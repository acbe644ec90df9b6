import { type Command, JSON_FLAG } from '../command.js';
import { QUERY_FLAGS } from '../query-flags.js';

export const tune: Command = {
  name: 'tune',
  arguments: '',
  summary: 'Fit and calibrate the index’s blend profile on photos of known places.',
  examples: [
    'streetdex tune --index indexes/city --manifest photos.csv --images photos/',
    'streetdex tune --index indexes/city --manifest photos.csv --exclude sequence,author',
    'streetdex tune --index indexes/city --leave-out author --limit 3000',
  ],
  flags: {
    ...QUERY_FLAGS,
    seed: { type: 'string', value: 'TEXT', describe: 'Of the split into parts; the same seed, the same profile.' },
    'dry-run': { type: 'boolean', describe: 'Fit and compare, but keep the present profile.' },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'data_dir', 'threads', 'device', 'pixels_max'],
  positionals: [0, 0],
  exits: {
    1: 'The present profile is as good and calibrated, or nothing could be calibrated: it was kept.',
    130: 'It was stopped.',
  },
  load: async () => (await import('../run/tune.js')).tune,
};
