import type { Command } from '../command.js';

export const demo: Command = {
  name: 'demo',
  arguments: '',
  summary: 'Try everything on a small computer-drawn world, with a server and its page.',
  examples: [
    'npm run demo',
    'npm run demo -- --photos ~/photos',
    'npm run demo -- --check',
    'npm run demo -- --cluster',
  ],
  flags: {
    photos: {
      type: 'string',
      value: 'DIR',
      describe: 'Also add a folder of your own photos that carry their GPS position.',
    },
    cluster: {
      type: 'string',
      value: 'NODES',
      describe:
        'Also copy the world into a Weaviate cluster (host:port:grpc of its nodes, commas between) and answer from there by two servers. `npm run demo -- --cluster` starts three nodes for it where a weaviate-server is on the PATH or named by --server.',
    },
    check: {
      type: 'boolean',
      describe:
        'Draw a small world into a temporary folder, ask a server about it over HTTP, and exit with 0 when all is as it should be.',
    },
  },
  settings: ['port', 'data_dir'],
  positionals: [0, 0],
  exits: { 1: 'With --check: something was not as it should be.' },
  load: async () => (await import('../run/demo.js')).demo,
};
