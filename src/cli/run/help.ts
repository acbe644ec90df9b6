import { fault } from '../../domain/errors.js';
import type { Run } from '../command.js';
import { COMMANDS } from '../commands.js';
import { findCommand } from '../find-command.js';
import { commandHelp, groupHelp, programHelp } from '../help.js';
import { print } from '../print.js';

export const help: Run = async ({ positionals }) => {
  if (positionals.length === 0) print(programHelp(COMMANDS));
  else print(helpOf(positionals));
  return undefined;
};

function helpOf(words: readonly string[]): string {
  const found = findCommand(COMMANDS, words);
  if (found.rest.length > 0)
    throw fault('usage', `Expected one command, such as streetdex help ${words[0]}; got ${words.join(' ')}.`);
  return found.kind === 'group' ? groupHelp(COMMANDS, found.group) : commandHelp(found.command);
}
