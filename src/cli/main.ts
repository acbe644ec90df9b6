#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { loadConfig, type SettingFlags } from '../config/load-config.js';
import { flagOf, SETTING_NAMES, type SettingName } from '../config/settings.js';
import { callerError, StreetdexError } from '../domain/errors.js';
import type { Command, Invocation } from './command.js';
import { COMMANDS } from './commands.js';
import { exitCode } from './exit-code.js';
import { commandHelp, programHelp } from './help.js';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const { command, rest } = findCommand(args);
    if (command === null) {
      process.stdout.write(programHelp(COMMANDS));
      return args.length === 0 ? 2 : 0;
    }
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(commandHelp(command));
      return 0;
    }
    return (await command.run(invocation(command, rest))) ?? 0;
  } catch (error) {
    report(error, args.includes('--json'));
    return exitCode(error);
  }
}

function findCommand(args: readonly string[]): { command: Command | null; rest: string[] } {
  const [first, second] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return { command: null, rest: [] };
  const two = COMMANDS.find((command) => command.name === `${first} ${second}`);
  if (two) return { command: two, rest: args.slice(2) as string[] };
  const one = COMMANDS.find((command) => command.name === first);
  if (one) return { command: one, rest: args.slice(1) as string[] };
  const group = COMMANDS.filter((command) => command.name.startsWith(`${first} `));
  const known = (group.length > 0 ? group : COMMANDS).map((command) => command.name).join(', ');
  throw callerError(
    'unknown_command',
    `There is no command "${[first, second].filter((word) => word && !word.startsWith('-')).join(' ')}". Known are: ${known}.`,
  );
}

function invocation(command: Command, args: string[]): Invocation {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = { config: { type: 'string' } };
  for (const name of SETTING_NAMES) options[flagOf(name)] = { type: 'string' };
  for (const [name, flag] of Object.entries(command.flags)) {
    options[name] = { type: flag.type, ...(flag.multiple ? { multiple: true } : {}) };
  }
  const { values, positionals } = parse(command, args, options);
  const [min, max] = command.positionals;
  if (positionals.length < min || positionals.length > max) {
    throw callerError(
      'usage',
      `Expected: streetdex ${command.name} ${command.arguments}; got ${positionals.length} arguments. See streetdex ${command.name} --help.`,
    );
  }
  const settings: Record<string, string> = {};
  for (const name of ['config', ...SETTING_NAMES] as (SettingName | 'config')[]) {
    const value = values[name === 'config' ? name : flagOf(name)];
    if (typeof value === 'string') settings[name] = value;
  }
  return {
    config: loadConfig(settings as SettingFlags),
    positionals,
    text: (flag) => values[flag] as string | undefined,
    texts: (flag) => (values[flag] as string[] | undefined) ?? [],
    on: (flag) => values[flag] === true,
  };
}

function parse(
  command: Command,
  args: string[],
  options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: joinNegative(args), options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw callerError('usage', `${(cause as Error).message.split('. ')[0]}. See streetdex ${command.name} --help.`, {
      cause,
    });
  }
}

/** `--clock-offset -3600`: parseArgs wants `--clock-offset=-3600`. */
function joinNegative(args: readonly string[]): string[] {
  return args.reduce<string[]>((joined, arg) => {
    const last = joined.at(-1);
    if (/^-\d/.test(arg) && last?.startsWith('--') && !last.includes('=')) joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
    return joined;
  }, []);
}

function report(error: unknown, json: boolean): void {
  const known = error instanceof StreetdexError;
  const code = known ? error.code : 'internal_error';
  const message = error instanceof Error ? error.message : String(error);
  if (json)
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, errors: known ? (error.options.errors ?? []) : [] } })}\n`,
    );
  else process.stderr.write(`streetdex: ${message} [${code}]\n`);
  if (!known && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
