import type { Command } from '../command.js';

export const completion: Command = {
  name: 'completion',
  arguments: 'bash|zsh|fish',
  summary: 'Print the script that lets a shell complete commands and flags.',
  examples: [
    'source <(streetdex completion bash)       # in ~/.bashrc',
    'source <(streetdex completion zsh)        # in ~/.zshrc, after compinit',
    'streetdex completion fish | source        # in ~/.config/fish/config.fish',
  ],
  flags: {},
  settings: [],
  positionals: [1, 1],
  load: async () => (await import('../run/completion.js')).completion,
};
