import { fault } from '../domain/errors.js';
import { didYouMean, nearestWords } from '../domain/nearest-words.js';
import { present } from '../domain/present.js';
import type { Command } from './command.js';

/** What the first words name, and the words after them. */
export type Found =
  | { readonly kind: 'command'; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: 'group'; readonly group: string; readonly rest: readonly string[] };

/** @throws `unknown_command`, with a guess */
export function findCommand(commands: readonly Command[], words: readonly string[]): Found {
  const [first = '', second] = words;
  const two = commands.find(({ name }) => name === `${first} ${second}`);
  if (two) return { kind: 'command', command: two, rest: words.slice(2) };
  const one = commands.find(({ name }) => name === first);
  if (one) return { kind: 'command', command: one, rest: words.slice(1) };
  const group = commandsOf(commands, first);
  if (group.length > 0 && (second === undefined || second.startsWith('-')))
    return { kind: 'group', group: first, rest: words.slice(1) };
  if (group.length > 0) throw unknownVerb(group, first, present(second));
  throw unknownCommand(commands, first, second);
}

/** The commands of a group, such as `index`. */
export function commandsOf(commands: readonly Command[], group: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(`${group} `));
}

function unknownVerb(group: readonly Command[], first: string, second: string) {
  const names = group.map(({ name }) => name);
  const near = nearestWords(`${first} ${second}`, names);
  return fault(
    'unknown_command',
    `There is no command "${first} ${second}".${didYouMean(near)} Known are: ${names.join(', ')}.`,
  );
}

/** Guesses the command by both words, by the first alone, or by a verb whose group was left out. */
function unknownCommand(commands: readonly Command[], first: string, second = '') {
  const names = commands.map(({ name }) => name);
  const firsts = [...new Set(names.map((name) => present(name.split(' ')[0])))];
  const guesses = [
    nearestWords(`${first} ${second}`, names),
    nearestWords(first, firsts),
    names.filter((name) => nearestWords(first, name.split(' ').slice(1)).length > 0),
  ];
  const near = guesses.find((words) => words.length > 0);
  const known = near === undefined ? ` Known are: ${names.join(', ')}.` : `${didYouMean(near)} See streetdex --help.`;
  return fault('unknown_command', `There is no command "${first}".${known}`);
}
