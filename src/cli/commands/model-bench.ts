import { type Command, JSON_FLAG } from '../command.js';

export const modelBench: Command = {
  name: 'model bench',
  arguments: 'NAME',
  summary: 'Time a model on this machine, in each of its precisions: a picture, a caption, loading, most memory used.',
  examples: ['streetdex model bench pocket', 'streetdex model bench geolocal/StreetCLIP --precision int8'],
  flags: {
    precision: { type: 'string', value: 'NAME', describe: 'Only this one; without it each that the folder holds.' },
    json: JSON_FLAG,
  },
  settings: ['models_dir', 'threads', 'device'],
  positionals: [1, 1],
  load: async () => (await import('../run/model-bench.js')).modelBench,
};
