import { type Command, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';

export const audit: Command = {
  name: 'audit',
  arguments: '',
  summary: 'Find photos that do not look as if they were taken where they say: a sign lost, axes swapped, a clock off.',
  examples: [
    'streetdex audit --index indexes/city',
    'streetdex audit --index indexes/city --false-alarms 0.01 --csv > doubtful.csv',
    'streetdex audit --index indexes/city --sequence "walk 7" --geojson > walk.geojson',
  ],
  flags: {
    'false-alarms': {
      type: 'string',
      value: 'SHARE',
      default: '0.05',
      describe: 'List photos as ill-fitting as this share of those that are where they say.',
    },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each listed photo.' },
    geojson: { type: 'boolean', describe: 'Print GeoJSON: the stated places, and lines to the suggested ones.' },
  },
  settings: ['index', 'model', 'data_dir', 'threads', 'device'],
  positionals: [0, 0],
  exits: { 130: 'It was stopped; what is known is kept, and the same command goes on.' },
  load: async () => (await import('../run/audit.js')).audit,
};
