import { flagOf, type SettingName, settingsSchema } from '../config/settings.js';
import type { Command } from './command.js';
import { table } from './table.js';

export function programHelp(commands: readonly Command[]): string {
  return `streetdex says where a street-level photo was taken, and shows why.

Usage: streetdex COMMAND [ARGUMENTS] [FLAGS]

${table(
  commands.map((command) => [`  ${command.name}`, command.summary]),
  [],
)}

streetdex COMMAND --help shows the flags and examples of one. Settings may also come from STREETDEX_* variables and from
a config file: docs/configuration.md.

It is not for locating people's private photos.
`;
}

export function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]) => [
    `  --${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`,
    flag.describe,
  ]);
  const settings = command.settings.map((name: SettingName) => [
    `  --${flagOf(name)} VALUE`,
    firstSentence(settingsSchema.shape[name].description ?? ''),
  ]);
  return `${command.summary}

Usage: streetdex ${command.name}${command.arguments === '' ? '' : ` ${command.arguments}`} [FLAGS]

${table([...flags, ...settings, ['  --help', 'This text.']], [])}

Examples:
${command.examples.map((example) => `  ${example}`).join('\n')}
`;
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text;
}
