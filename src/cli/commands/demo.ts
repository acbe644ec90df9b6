import type { Command } from '../command.js';

export const demo: Command = {
  name: 'demo',
  arguments: '',
  summary: 'Try the whole on a rendered world: references, index, captions, server.',
  examples: ['npm run demo', 'npm run demo -- --photos ~/photos', 'npm run demo -- --check'],
  flags: {
    photos: {
      type: 'string',
      value: 'DIR',
      describe: 'Also ingest a folder of your own photos with GPS in their EXIF.',
    },
    check: {
      type: 'boolean',
      describe:
        'Render a small world into a temporary folder, ask the server over HTTP, exit with 0 when all answers hold.',
    },
  },
  settings: ['port', 'data_dir'],
  positionals: [0, 0],
  exits: { 1: 'With --check: an answer did not hold.' },
  load: async () => (await import('../run/demo.js')).demo,
};
