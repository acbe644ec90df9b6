import { type Command, JSON_FLAG } from '../command.js';

export const labelSetsList: Command = {
  name: 'label-sets list',
  arguments: '',
  summary: 'List the label sets: questions about photos whose answers are known beforehand.',
  examples: ['streetdex label-sets list'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [0, 0],
  load: async () => (await import('../run/label-sets.js')).labelSetsList,
};

export const labelSetsShow: Command = {
  name: 'label-sets show',
  arguments: 'NAME',
  summary: 'Show the labels of a set, what they mean, and how well they are known to work.',
  examples: ['streetdex label-sets show road-surface', 'streetdex label-sets show light --json > my-light.json'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [1, 1],
  load: async () => (await import('../run/label-sets.js')).labelSetsShow,
};
