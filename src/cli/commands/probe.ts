import { type Command, type Flag, JSON_FLAG } from '../command.js';
import { FILTER_FLAGS } from '../filter-flags.js';

export const SET_FLAG: Flag = {
  type: 'string',
  value: 'NAME',
  describe: 'The label set (`streetdex label-sets list`).',
};

export const probeTrain: Command = {
  name: 'probe train',
  arguments: '[LABELS.csv]',
  summary: 'Learn a label set from photos of the index that you labelled, and say how well that went.',
  examples: [
    'streetdex probe train labels.csv --set road-surface --index indexes/city',
    'streetdex probe train --set road-surface --index indexes/city',
  ],
  flags: {
    set: SET_FLAG,
    force: {
      type: 'boolean',
      describe: 'Tag by it although it is not better than the sentences, or than chance.',
    },
    json: JSON_FLAG,
  },
  settings: ['index', 'model', 'threads', 'device', 'data_dir'],
  positionals: [0, 1],
  load: async () => (await import('../run/probe.js')).train,
};

export const probeNext: Command = {
  name: 'probe next',
  arguments: '',
  summary: 'Name the photos whose label would teach most, as a table to fill in for `probe train`.',
  examples: [
    'streetdex probe next --set road-surface --index indexes/city --out next.csv',
    'streetdex probe next --set road-surface --like sett --n 10 --index indexes/city',
  ],
  flags: {
    set: SET_FLAG,
    n: { type: 'string', value: 'N', describe: 'How many photos.', default: '20' },
    like: { type: 'string', value: 'LABEL', describe: 'Photos that have most of this label: for one that is rare.' },
    out: { type: 'string', value: 'FILE', describe: 'Where the table goes; standard output by default.' },
    ...FILTER_FLAGS,
    json: JSON_FLAG,
  },
  settings: ['index', 'data_dir'],
  positionals: [0, 0],
  load: async () => (await import('../run/probe.js')).next,
};

export const probeList: Command = {
  name: 'probe list',
  arguments: '',
  summary: 'List what the index has learnt from labels.',
  examples: ['streetdex probe list --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [0, 0],
  load: async () => (await import('../run/probe.js')).list,
};

export const probeShow: Command = {
  name: 'probe show',
  arguments: 'SET',
  summary: 'Show how well a probe knows its labels: by label, against sentences and chance, with its mistakes.',
  examples: ['streetdex probe show road-surface --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [1, 1],
  load: async () => (await import('../run/probe.js')).show,
};

export const probeAdd: Command = {
  name: 'probe add',
  arguments: 'FILE',
  summary: 'Take a probe that was trained elsewhere, on vectors of the same model.',
  examples: ['streetdex probe add road-surface.json --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [1, 1],
  load: async () => (await import('../run/probe.js')).add,
};
