import { type Command, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';
import { SET_FLAG } from './probe.js';

export const share: Command = {
  name: 'share',
  arguments: '',
  summary: 'Say what share of the photos has each label of a set, with an interval that keeps its promise.',
  examples: [
    'streetdex share --set road-surface --index indexes/city',
    'streetdex share --set road-surface --by region --country Poland --index indexes/city',
    'streetdex share --set light --by cell:6 --index indexes/city --json',
  ],
  flags: {
    set: SET_FLAG,
    by: {
      type: 'string',
      value: 'WHAT',
      describe: 'Tell shares apart by country, region, year, or cell:0 to cell:9 (H3).',
    },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
  },
  settings: ['index', 'data_dir'],
  positionals: [0, 0],
  load: async () => (await import('../run/share.js')).share,
};

export const shareLabel: Command = {
  name: 'share label',
  arguments: '[LABELS.csv]',
  summary: 'Draw photos at random, as a table to fill in; given that table again, keep its labels.',
  examples: [
    'streetdex share label --n 200 --set road-surface --index indexes/city --out drawn.csv',
    'streetdex share label drawn.csv --set road-surface --index indexes/city',
  ],
  flags: {
    set: SET_FLAG,
    n: { type: 'string', value: 'N', describe: 'How many photos to draw.', default: '200' },
    out: { type: 'string', value: 'FILE', describe: 'Where the table goes; standard output by default.' },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
  },
  settings: ['index', 'data_dir'],
  positionals: [0, 1],
  load: async () => (await import('../run/share.js')).label,
};
