import { type Command, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';

export const exportCommand: Command = {
  name: 'export',
  arguments: '',
  summary:
    'Write what an index knows to a file: positions and facts, vectors where asked, as CSV, GeoJSON, GeoParquet or NumPy.',
  examples: [
    'streetdex export --index indexes/city --to parquet --out city.parquet',
    'streetdex export --index indexes/city --to csv --country Poland --captured-after 2024-01-01 --out poland.csv',
    'streetdex export --index indexes/city --to npy --out vectors.npy',
    'streetdex export --index indexes/city --to csv --tags road-surface --out surfaces.csv',
  ],
  flags: {
    to: {
      type: 'string',
      value: 'FORMAT',
      choices: ['csv', 'geojson', 'parquet', 'npy'],
      describe: 'The format. `npy` has vectors alone, a row for each reference, in the order of the other formats.',
    },
    out: {
      type: 'string',
      value: 'FILE',
      describe: 'The file; one that is there is replaced when the new one is whole.',
    },
    vectors: { type: 'boolean', describe: 'With the vector of each photo.' },
    tags: {
      type: 'string',
      value: 'SET,…',
      describe: 'With the tags of these sets: a column for each label, and the likeliest label.',
    },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
  },
  settings: ['index'],
  positionals: [0, 0],
  exits: { 130: 'It was stopped; nothing is left of it.' },
  load: async () => (await import('../run/export.js')).exportRun,
};
