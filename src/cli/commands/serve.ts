import type { Command } from '../command.js';

export const serve: Command = {
  name: 'serve',
  arguments: '',
  summary: 'Start the server: the page, and the HTTP interface to all of this.',
  examples: [
    'streetdex serve --index indexes/city',
    'STREETDEX_API_KEYS=read:… streetdex serve --index indexes/city --host 0.0.0.0 --allowed-hosts geo.example',
  ],
  flags: {
    'no-supervise': {
      type: 'boolean',
      describe:
        'Answer in this process itself, and end with it: for platforms that start a process again by themselves. By default another process answers, and is started again when it dies.',
    },
  },
  settings: [
    'index',
    'model',
    'host',
    'port',
    'allowed_hosts',
    'round_km',
    'map_style_url',
    'map_hosts',
    'ingest_roots',
    'cors_origins',
    'threads',
    'device',
    'log_level',
  ],
  positionals: [0, 0],
  exits: { 1: 'Requests that were running could not be finished in time.' },
  load: async () => (await import('../run/serve.js')).serve,
};
