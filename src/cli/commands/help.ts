import type { Command } from '../command.js';

export const help: Command = {
  name: 'help',
  arguments: '[COMMAND]',
  summary: 'Say what a command does, with its flags and examples.',
  examples: ['streetdex help locate', 'streetdex help index', 'streetdex help index verify'],
  flags: {},
  settings: [],
  positionals: [0, 2],
  load: async () => (await import('../run/help.js')).help,
};
