import { type Command, JSON_FLAG } from '../command.js';
import { HINT_FLAGS } from '../hint-flags.js';

export const locate: Command = {
  name: 'locate',
  arguments: 'PHOTO|DIR...',
  summary: 'Say where photos were taken, and show why.',
  examples: [
    'streetdex locate photo.jpg --index indexes/city',
    'streetdex locate photos/ --index indexes/city --csv > places.csv',
    'streetdex locate photo.jpg --index indexes/city --hint-country Germany,AT --hint-near 48.2,16.4,300',
    'streetdex locate photo.jpg --index indexes/city --alpha 1 --beta 0 --gamma 0     # scenes that look alike, alone',
    'streetdex locate photo.jpg --model pocket     # place names alone, without an index',
  ],
  flags: {
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each photo.' },
    geojson: {
      type: 'boolean',
      describe: 'Print a GeoJSON FeatureCollection: candidates with their circles, and scenes that look alike.',
    },
    alpha: {
      type: 'string',
      value: 'N',
      describe: 'Weight of the scenes that look alike, from 0 to 20, in place of the index’s own weight.',
    },
    beta: { type: 'string', value: 'N', describe: 'Weight of the place names.' },
    gamma: {
      type: 'string',
      value: 'N',
      describe: 'Weight of what is likely before the photo is looked at (the prior).',
    },
    ...HINT_FLAGS,
    'include-self': { type: 'boolean', describe: 'Let a photo that is in the index count as evidence for itself.' },
  },
  settings: ['index', 'model', 'round_km', 'threads', 'device'],
  positionals: [1, Number.POSITIVE_INFINITY],
  exits: {
    0: 'All photos were looked at. Some of several may have failed: each says so in its place.',
    2: 'What was asked for can’t be done; also where the only photo failed.',
  },
  load: async () => (await import('../run/locate.js')).locate,
};
