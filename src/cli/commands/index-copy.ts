import { type Command, JSON_FLAG } from '../command.js';

export const indexCopy: Command = {
  name: 'index copy',
  arguments: '',
  summary:
    'Copy an index to another place, between folders and clusters: references, vectors, sources and tuning; compared at its end. With --model, its photos are looked at anew by another model.',
  examples: [
    'streetdex index copy --from indexes/city --to weaviate://a,b,c/City',
    'streetdex index copy --from weaviate://a,b,c/City --to backups/city-2026-11',
    'streetdex index copy --from weaviate://a,b,c/City --to weaviate://a,b,c/CityLarge --model openai/clip-vit-large-patch14',
  ],
  flags: {
    from: { type: 'string', value: 'INDEX', describe: 'The index: a folder, or the address of a cluster.' },
    to: {
      type: 'string',
      value: 'INDEX',
      describe: 'Where the copy goes: a new or empty place, or one where this copy was begun.',
    },
    json: JSON_FLAG,
  },
  settings: ['model', 'threads', 'device', 'pixels_max', 'data_dir'],
  positionals: [0, 0],
  exits: {
    1: 'With --model: photos gave no vector, and their references were left out.',
    130: 'It was stopped; what is copied is kept, and the same command goes on.',
  },
  load: async () => (await import('../run/index-copy.js')).indexCopy,
};
