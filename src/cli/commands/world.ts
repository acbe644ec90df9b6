import type { Command } from '../command.js';

export const worldRender: Command = {
  name: 'world render',
  arguments: 'DIR',
  summary: 'Draw street scenes of the pocket model’s made-up world, with a manifest to ingest.',
  examples: [
    'streetdex world render /tmp/world --towns 50 --scenes 8 --seed 7',
    'streetdex world render /tmp/drives --towns 50 --scenes 3 --walks 5',
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
    walks: {
      type: 'string',
      value: 'N',
      describe: 'Make each scene a walk of N frames along its street, 6 m and 2 s apart, with a sequence.',
    },
    seed: { type: 'string', value: 'TEXT', describe: 'Another seed, another world.', default: '1' },
  },
  settings: ['data_dir'],
  positionals: [1, 1],
  load: async () => (await import('../run/world.js')).worldRender,
};
