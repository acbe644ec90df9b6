import { type Command, JSON_FLAG } from '../command.js';
import { HINT_FLAGS } from '../hint-flags.js';

export const locate: Command = {
  name: 'locate',
  arguments: 'PHOTO|DIR...',
  summary: 'Say where photos were taken, with the evidence.',
  examples: [
    'streetdex locate photo.jpg --index indexes/city',
    'streetdex locate photos/ --index indexes/city --csv > places.csv',
    'streetdex locate photo.jpg --index indexes/city --hint-country Germany,AT --hint-near 48.2,16.4,300',
    'streetdex locate photo.jpg --index indexes/city --alpha 1 --beta 0 --gamma 0     # neighbours alone',
    'streetdex locate photo.jpg --model pocket     # the names of places alone, without an index',
  ],
  flags: {
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each photo.' },
    geojson: {
      type: 'boolean',
      describe: 'Print a GeoJSON FeatureCollection: candidates with their circles, and neighbours.',
    },
    alpha: {
      type: 'string',
      value: 'N',
      describe: 'Weight of the neighbours, from 0 to 20, in place of the profile’s.',
    },
    beta: { type: 'string', value: 'N', describe: 'Weight of the captions.' },
    gamma: { type: 'string', value: 'N', describe: 'Weight of the prior.' },
    ...HINT_FLAGS,
    'include-self': { type: 'boolean', describe: 'Leave a photo that is in the index in its own evidence.' },
  },
  settings: ['index', 'model', 'round_km', 'threads', 'device'],
  positionals: [1, Number.POSITIVE_INFINITY],
  exits: {
    0: 'All photos were looked at. Some of several may have failed: each says so in its place.',
    2: 'What was asked for can’t be done; also where the only photo failed.',
  },
  load: async () => (await import('../run/locate.js')).locate,
};
