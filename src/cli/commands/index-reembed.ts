import { type Command, JSON_FLAG } from '../command.js';

export const indexReembed: Command = {
  name: 'index reembed',
  arguments: '',
  summary:
    'Bring an index over to another model: look at all its photos anew, then switch. Until then it answers as before.',
  examples: [
    'streetdex index reembed --index indexes/city --model openai/clip-vit-base-patch32',
    'streetdex index reembed --index indexes/city --model pocket --without-missing --json',
  ],
  flags: {
    'without-missing': {
      type: 'boolean',
      describe: 'Switch although photos are gone, and delete their references.',
    },
    restart: {
      type: 'boolean',
      describe: 'Throw away what was begun for another model and not finished.',
    },
    json: { ...JSON_FLAG, describe: 'Print events as JSON lines; the last one is the report.' },
  },
  settings: ['index', 'model', 'threads', 'device', 'pixels_max'],
  positionals: [0, 0],
  exits: {
    1: 'References have no vector of the new model, so the index still answers with the old one.',
    130: 'It was stopped; what is done is stored.',
  },
  load: async () => (await import('../run/index-reembed.js')).indexReembed,
};
