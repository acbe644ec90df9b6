import { type Command, JSON_FLAG } from '../command.js';

export const modelList: Command = {
  name: 'model list',
  arguments: '',
  summary: 'List the models that are there, with their licences, and what they would run on here.',
  examples: ['streetdex model list'],
  flags: { json: JSON_FLAG },
  settings: ['models_dir', 'device'],
  positionals: [0, 0],
  load: async () => (await import('../run/model.js')).modelList,
};

export const modelVerify: Command = {
  name: 'model verify',
  arguments: 'NAME',
  summary: 'Check that a model’s files are undamaged, and that it still gives what it gave when it was added.',
  examples: ['streetdex model verify pocket'],
  flags: { json: JSON_FLAG },
  settings: ['models_dir', 'threads', 'device'],
  positionals: [1, 1],
  load: async () => (await import('../run/model.js')).modelVerify,
};
