import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load-config.js';
import { flagOf, SETTING_NAMES, type SettingName } from '../config/settings.js';
import { fault } from '../domain/errors.js';
import { didYouMean, nearestWords } from '../domain/nearest-words.js';
import { present } from '../domain/present.js';
import type { Command, Invocation } from './command.js';

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;

/** Parses a command's arguments, flags and settings. @throws `usage`, and what `loadConfig` throws */
export function readInvocation(command: Command, args: readonly string[]): Invocation {
  const { values, positionals } = parse(command, args);
  checkPositionals(command, positionals);
  checkChoices(command, values);
  const settings: { [name in SettingName | 'config']?: string } = {};
  for (const name of ['config', ...SETTING_NAMES] as const) {
    const value = values[name === 'config' ? name : flagOf(name)];
    if (typeof value === 'string') settings[name] = value;
  }
  return {
    config: loadConfig(settings),
    positionals,
    text: (flag) => {
      const value = values[flag];
      return typeof value === 'string' ? value : command.flags[flag]?.default;
    },
    texts: (flag) => {
      const value = values[flag];
      return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
    },
    on: (flag) => values[flag] === true,
  };
}

function parse(command: Command, args: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  const options = optionsOf(command);
  try {
    return parseArgs({ args: joinNegative(args), options, allowPositionals: true, strict: true });
  } catch (cause) {
    const reason = present((cause as Error).message.split('. ')[0]);
    const unknown = /^Unknown option '--?([^']+)'/.exec(reason)?.[1];
    const near = unknown === undefined ? [] : nearestWords(unknown, Object.keys(options));
    const meant = didYouMean(near.map((name) => `--${name}`));
    throw fault('usage', `${reason}.${meant} See streetdex ${command.name} --help.`, { cause });
  }
}

function optionsOf(command: Command): Options {
  const options: Options = { config: { type: 'string' } };
  for (const name of SETTING_NAMES) options[flagOf(name)] = { type: 'string' };
  for (const [name, flag] of Object.entries(command.flags)) {
    options[name] = { type: flag.type, ...(flag.multiple ? { multiple: true } : {}) };
  }
  return options;
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

function checkPositionals({ name, arguments: wanted, positionals: [min, max] }: Command, got: readonly string[]): void {
  // An empty path means the working folder, which is never meant here.
  if (got.includes('')) {
    throw fault(
      'usage',
      `Expected: streetdex ${name} ${wanted}; got an empty argument, as of a shell variable that is not set.`,
    );
  }
  if (got.length >= min && got.length <= max) return;
  throw fault(
    'usage',
    `Expected: streetdex ${name} ${wanted}; got ${got.length} arguments. See streetdex ${name} --help.`,
  );
}

function checkChoices({ flags }: Command, values: Record<string, unknown>): void {
  for (const [name, { choices }] of Object.entries(flags)) {
    const value = values[name];
    if (choices === undefined || typeof value !== 'string' || choices.includes(value)) continue;
    const wanted = choices.length === 1 ? choices[0] : `one of ${choices.join(', ')}`;
    throw fault(
      'usage',
      `Expected --${name} to be ${wanted}, but got ${value}.${didYouMean(nearestWords(value, choices))}`,
    );
  }
}
