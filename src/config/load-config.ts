import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import {
  type Config,
  flagOf,
  SETTING_NAMES,
  type SettingName,
  SHARED_VARIABLES,
  settingsSchema,
  variableOf,
} from './settings.js';

const DEFAULT_FILE = 'streetdex.config.json';

export type SettingFlags = { readonly [name in SettingName]?: string };

/**
 * Reads the settings: flags before the environment before the config file before the defaults, checked once, frozen.
 * The file is `--config`, else `STREETDEX_CONFIG`, else `streetdex.config.json` in the working folder where there is one.
 * @throws `config_invalid` naming the setting, where it came from, and what was expected.
 */
export function loadConfig(
  flags: SettingFlags & { readonly config?: string } = {},
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const named = flags.config ?? environment.STREETDEX_CONFIG;
  const file = readConfigFile(named);
  refuseUnknownVariables(environment);
  const values: Record<string, unknown> = {};
  const origin: Record<string, string> = {};
  for (const key of Object.keys(file)) take(key, file[key], `the config file ${named ?? DEFAULT_FILE}`);
  for (const name of SETTING_NAMES) {
    for (const variable of [SHARED_VARIABLES[name], variableOf(name)]) {
      const value = variable === undefined ? undefined : environment[variable];
      if (value !== undefined && value !== '') take(name, value, `the variable ${variable}`);
    }
    if (flags[name] !== undefined) take(name, flags[name], `the flag --${flagOf(name)}`);
  }
  const parsed = settingsSchema.safeParse(values);
  if (parsed.success) return Object.freeze(parsed.data);
  const errors = parsed.error.issues.map((issue) => {
    const key = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : String(issue.path[0]);
    const from = origin[issue.code === 'unrecognized_keys' ? present(issue.keys[0]) : key] ?? 'the configuration';
    return { path: key, message: `${key} from ${from}: ${issue.message}` };
  });
  throw fault(
    'config_invalid',
    `The configuration is not valid. ${errors.map((error) => error.message).join('; ')}. See docs/configuration.md.`,
    { errors },
  );

  function take(name: string, value: unknown, from: string): void {
    values[name] = value;
    origin[name] = from;
  }
}

function readConfigFile(named: string | undefined): Record<string, unknown> {
  const file = resolve(named ?? DEFAULT_FILE);
  if (!existsSync(file)) {
    if (named === undefined) return {};
    throw fault('config_not_found', `Expected a config file at ${file}, but there is none.`);
  }
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return { ...content };
    throw new Error('it holds no JSON object');
  } catch (cause) {
    throw fault(
      'config_invalid',
      `Expected ${file} to hold a JSON object of settings, but ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** A misspelt variable that silently does nothing is worse than one that is refused. */
function refuseUnknownVariables(environment: NodeJS.ProcessEnv): void {
  const known = new Set(['STREETDEX_CONFIG', ...SETTING_NAMES.map(variableOf)]);
  const unknown = Object.keys(environment).filter((name) => name.startsWith('STREETDEX_') && !known.has(name));
  if (unknown.length > 0) {
    throw fault(
      'config_invalid',
      `There is no setting for the variable ${unknown.join(', ')}. Known are ${[...known].join(', ')}.`,
    );
  }
}
