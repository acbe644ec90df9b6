import { type Command, JSON_FLAG } from '../command.js';
import { QUERY_FLAGS } from '../query-flags.js';

export const evaluate: Command = {
  name: 'evaluate',
  arguments: '',
  summary:
    'Measure how well photos of known places are located: by scenes that look alike, by place names, and by both.',
  examples: [
    'streetdex evaluate --index indexes/city --manifest im2gps3k_places365.csv --images im2gps3ktest --report out.html',
    'streetdex evaluate --index indexes/city --leave-out author --limit 3000 --json > evaluation.json',
    'streetdex evaluate --index indexes/city --manifest test.csv --csv > queries.csv',
    'streetdex evaluate --index indexes/city --manifest test.csv --exclude author,sequence --keep-duplicates',
    'streetdex evaluate --model geolocal/StreetCLIP --manifest im2gps3k_places365.csv --protocol streetclip',
  ],
  flags: {
    ...QUERY_FLAGS,
    fixed: {
      type: 'boolean',
      describe: 'Also answer with the default weights, to see what `tune` brought.',
    },
    vo: {
      type: 'boolean',
      describe: 'Also answer as Vo et al. (2017) did: 100 neighbours, a Gaussian of 4°, its mode.',
    },
    protocol: {
      type: 'string',
      value: 'NAME',
      choices: ['streetclip'],
      describe:
        'In place of the index: StreetCLIP’s published zero-shot protocol, countries by their captions and then the 30 largest cities of the best.',
    },
    'split-states': { type: 'boolean', describe: 'With --protocol: the 50 states in place of the United States.' },
    countries: {
      type: 'string',
      value: 'FILE',
      describe: 'With --protocol: other countries, a name on each line.',
    },
    cities: {
      type: 'string',
      value: 'FILE',
      describe: 'With --protocol: other cities, as CSV (country, name, lat, lon, population, admin).',
    },
    report: {
      type: 'string',
      value: 'FILE',
      describe: 'Also write one HTML page with figures, a map of errors, and cases with their photos.',
    },
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each photo.' },
  },
  settings: ['index', 'model', 'data_dir', 'threads', 'device', 'pixels_max'],
  positionals: [0, 0],
  exits: { 130: 'It was stopped.' },
  load: async () => (await import('../run/evaluate.js')).evaluate,
};
