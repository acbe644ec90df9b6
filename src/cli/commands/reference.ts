import { type Command, DRY_RUN_FLAG, JSON_FLAG } from '../command.js';

export const referenceShow: Command = {
  name: 'reference show',
  arguments: 'ID...',
  summary: 'Show references: position, time, sources, licence.',
  examples: ['streetdex reference show 3f1c29 --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [1, 1000],
  load: async () => (await import('../run/reference.js')).referenceShow,
};

export const referenceDelete: Command = {
  name: 'reference delete',
  arguments: 'ID...',
  summary: 'Delete references from the index; the files they came from are not touched.',
  examples: [
    'streetdex reference delete 3f1c29 --index indexes/city --dry-run',
    'streetdex reference delete 3f1c29 --index indexes/city',
  ],
  flags: { 'dry-run': DRY_RUN_FLAG, json: JSON_FLAG },
  exits: { 2: 'What was asked for can’t be done; also where an id is not in the index.' },
  settings: ['index'],
  positionals: [1, 10_000],
  load: async () => (await import('../run/reference.js')).referenceDelete,
};
