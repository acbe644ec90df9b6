import { settingChoices, settingSummary } from '../../config/describe-settings.js';
import { flagOf, SETTING_VALUES } from '../../config/settings.js';
import { present } from '../../domain/present.js';
import type { Command } from '../command.js';

/** What can follow a flag that takes a value. */
export interface ValueCompletion {
  /** The command and the flag: `index verify --index`. */
  readonly words: string;
  readonly offered: readonly string[];
  readonly files: boolean;
}

/** What can complete a value: some words, files and folders, or nothing. */
type Values = readonly string[] | 'files' | null;

export interface FlagCompletion {
  /** With its two dashes. */
  readonly name: string;
  readonly describe: string;
  /** undefined: it takes no value. */
  readonly values: Values | undefined;
}

/** What can follow some words of the command line: further words, values and flags. */
export interface Completion {
  /** `''` for the program itself, `index` for a group, `index verify` for a command. */
  readonly words: string;
  readonly next: readonly { readonly word: string; readonly describe: string }[];
  readonly positional: Values;
  readonly flags: readonly FlagCompletion[];
}

const HELP: FlagCompletion = { name: '--help', describe: 'Flags and examples.', values: undefined };
const VERSION: FlagCompletion = { name: '--version', describe: 'The version of streetdex.', values: undefined };
const CONFIG: FlagCompletion = { name: '--config', describe: 'Settings as JSON.', values: 'files' };

/** All completions, from the table of commands. */
export function completionsOf(commands: readonly Command[]): readonly Completion[] {
  const names = commands.map(({ name }) => name);
  const groups = [...new Set(names.filter((name) => name.includes(' ')).map((name) => present(name.split(' ')[0])))];
  // `share` is a command, too, beside `share label`.
  const only = groups.filter((group) => !names.includes(group));
  const single = commands.filter(({ name }) => !name.includes(' '));
  const first = [
    ...single.map(({ name, summary }) => ({ word: name, describe: summary })),
    ...only.map((group) => ({
      word: group,
      describe: verbs(commands, group)
        .map(({ word }) => word)
        .join(', '),
    })),
  ];
  const helpOnly = { positional: null, flags: [HELP] };
  return [
    { words: '', next: first, positional: null, flags: [HELP, VERSION] },
    ...only.map((group) => ({ words: group, next: verbs(commands, group), ...helpOnly })),
    ...commands.map((command) => ofCommand(command, command.name === 'help' ? first : verbs(commands, command.name))),
    ...groups.map((group) => ({ words: `help ${group}`, next: verbs(commands, group), ...helpOnly })),
  ];
}

function verbs(commands: readonly Command[], group: string) {
  return commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name, summary }) => ({ word: name.slice(group.length + 1), describe: summary }));
}

function ofCommand(command: Command, next: Completion['next']): Completion {
  const flags = Object.entries(command.flags).map(([name, { type, value = '', describe, choices }]) => ({
    name: `--${name}`,
    describe,
    values: type === 'boolean' ? undefined : (choices ?? filesOf(value)),
  }));
  const settings = command.settings.map((name) => ({
    name: `--${flagOf(name)}`,
    describe: settingSummary(name),
    values: settingChoices(name) ?? filesOf(SETTING_VALUES[name]),
  }));
  const { name } = command;
  return {
    words: name,
    next,
    positional: name === 'completion' ? command.arguments.split('|') : filesOf(command.arguments),
    flags: [...flags, ...settings, CONFIG, HELP],
  };
}

/** Completions of flags' values, for shells that look these up by the words before them. */
export function valuesOf(completions: readonly Completion[]): readonly ValueCompletion[] {
  return completions.flatMap(({ words, flags }) =>
    flags.flatMap(({ name, values }) => {
      if (values === undefined) return [];
      const files = values === 'files';
      return [{ words: `${words} ${name}`, offered: values === 'files' ? [] : (values ?? []), files }];
    }),
  );
}

function filesOf(placeholder: string): 'files' | null {
  return /DIR|FILE|PHOTO|SOURCE|MODEL/.test(placeholder) ? 'files' : null;
}
