import { settingChoices, settingDefault, settingSummary } from '../config/describe-settings.js';
import { flagOf, SETTING_VALUES } from '../config/settings.js';
import type { Command, Flag } from './command.js';
import { commandsOf } from './find-command.js';
import { KEPT, table, wrap } from './table.js';

const WIDTH = 80;

const SETTING = { type: 'string' } as const;

const EXITS: Readonly<Record<number, string>> = {
  0: 'Done.',
  1: 'An error inside streetdex, or a check that found something.',
  2: 'What was asked for can’t be done: the message says what to change.',
  3: 'Busy: try again later.',
  130: 'Stopped by Ctrl-C or SIGTERM.',
};

export function programHelp(commands: readonly Command[]): string {
  return `${text('streetdex says where a street-level photo was taken, and shows why.')}

Usage: streetdex COMMAND [ARGUMENTS] [FLAGS]

${list(commands)}

${text('streetdex help COMMAND shows a command’s flags and examples, as does --help after it; --version shows the version. Settings may also come from STREETDEX_* variables and from a config file: docs/configuration.md.')}

Exit codes:
${exitTable(EXITS)}

It is not for locating people’s private photos.
`;
}

/** The commands of a group, such as `index`. */
export function groupHelp(commands: readonly Command[], group: string): string {
  return `Usage: streetdex ${group} COMMAND [ARGUMENTS] [FLAGS]

${list(commandsOf(commands, group))}

${text(`streetdex ${group} COMMAND --help shows the flags and examples of one.`)}
`;
}

export function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]) => [flagCell(name, flag.value, flag), said(flag)]);
  const settings = command.settings.map((name) => [
    flagCell(flagOf(name), SETTING_VALUES[name], SETTING),
    said({
      describe: settingSummary(name),
      choices: settingChoices(name),
      default: settingDefault(name),
    }),
  ]);
  const common = [
    [
      flagCell('config', 'FILE', SETTING),
      'Config file (JSON) to read in place of streetdex.config.json in the working folder.',
    ],
    ['  --help', 'Show this text.'],
  ];
  return `${text(command.summary)}

Usage: streetdex ${command.name}${command.arguments === '' ? '' : ` ${command.arguments}`} [FLAGS]

${table([...flags, ...settings, ...common], [], WIDTH)}

Examples:
${command.examples.map(example).join('\n')}

Exit codes:
${exitTable({ ...EXITS, ...command.exits })}
`;
}

/** An example, broken into lines where it is too long; a comment after # goes above it. */
function example(text: string): string {
  const [line = '', remark] = text.split(/ {2,}# /);
  const said = remark === undefined ? '' : `  # ${remark}\n`;
  const lines = wrap(line.replaceAll(/(--\S+) (?!--)/g, `$1${KEPT}`), WIDTH - 6);
  return `${said}  ${lines.join(' \\\n    ').replaceAll(KEPT, ' ')}`;
}

function list(commands: readonly Command[]): string {
  return table(
    commands.map(({ name, summary }) => [`  ${name.replaceAll(' ', KEPT)}`, summary]),
    [],
    WIDTH,
  );
}

function flagCell(
  name: string,
  value: string | undefined,
  { type, multiple }: Pick<Flag, 'type' | 'multiple'>,
): string {
  return `  --${name}${type === 'string' ? `${KEPT}${value ?? 'TEXT'}${multiple ? '…' : ''}` : ''}`;
}

function said(of: {
  readonly describe: string;
  readonly choices?: readonly string[] | undefined;
  readonly default?: string | undefined;
}): string {
  return [
    of.describe,
    ...(of.choices === undefined ? [] : [`One of ${of.choices.join(', ')}.`]),
    ...(of.default === undefined ? [] : [`Default: ${of.default}.`]),
  ].join(' ');
}

function exitTable(exits: Readonly<Record<number, string>>): string {
  return table(
    Object.entries(exits).map(([code, meaning]) => [`  ${code}`, meaning]),
    [],
    WIDTH,
  );
}

function text(words: string): string {
  return wrap(words, WIDTH).join('\n');
}
