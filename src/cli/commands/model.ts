import { type Command, JSON_FLAG } from '../command.js';

export const modelList: Command = {
  name: 'model list',
  arguments: '',
  summary: 'The models that are there, with their licences, and what they would run on here.',
  examples: ['streetdex model list'],
  flags: { json: JSON_FLAG },
  settings: ['models_dir', 'device'],
  positionals: [0, 0],
  load: async () => (await import('../run/model.js')).modelList,
};

export const modelVerify: Command = {
  name: 'model verify',
  arguments: 'NAME',
  summary: 'Hash a model’s files, open both graphs, and embed the built-in picture and caption.',
  examples: ['streetdex model verify pocket'],
  flags: { json: JSON_FLAG },
  settings: ['models_dir', 'threads', 'device'],
  positionals: [1, 1],
  load: async () => (await import('../run/model.js')).modelVerify,
};
