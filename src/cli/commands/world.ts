import type { Command } from '../command.js';

export const worldRender: Command = {
  name: 'world render',
  arguments: 'DIR',
  summary: 'Draw street scenes of the pocket model’s made-up world, with a manifest to ingest.',
  examples: [
    'streetdex world render /tmp/world --towns 50 --scenes 8 --seed 7',
    'streetdex ingest /tmp/world/manifest.csv --index indexes/world',
  ],
  flags: {
    towns: {
      type: 'string',
      value: 'N',
      describe: 'How many towns, spread over the countries. None that the pocket model was trained on.',
      default: '150',
    },
    scenes: { type: 'string', value: 'N', describe: 'Scenes of each town.', default: '8' },
    seed: { type: 'string', value: 'TEXT', describe: 'Another seed, another world.', default: '1' },
  },
  settings: ['data_dir'],
  positionals: [1, 1],
  load: async () => (await import('../run/world.js')).worldRender,
};
