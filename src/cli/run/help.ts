import { fault } from '../../domain/errors.js';
import type { Command, Run } from '../command.js';
import { findCommand } from '../find-command.js';
import { commandHelp, groupHelp, programHelp } from '../help.js';
import { print } from '../print.js';

export const help: Run = async ({ positionals }, commands) => {
  if (positionals.length === 0) print(programHelp(commands));
  else print(helpOf(commands, positionals));
  return undefined;
};

function helpOf(commands: readonly Command[], words: readonly string[]): string {
  const found = findCommand(commands, words);
  if (found.rest.length > 0)
    throw fault('usage', `Expected one command, such as streetdex help ${words[0]}; got ${words.join(' ')}.`);
  return found.kind === 'group' ? groupHelp(commands, found.group) : commandHelp(found.command);
}
