import type { Config, SettingName } from '../config/settings.js';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** Placeholder of the value in the help: `DIR`. Completion offers files for DIR and FILE. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly describe: string;
  /** Value where the flag is not given. */
  readonly default?: string;
  /** All allowed values. */
  readonly choices?: readonly string[];
}

export interface Invocation {
  readonly config: Config;
  readonly positionals: readonly string[];
  /** Value of a string flag of this command. */
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
  on(flag: string): boolean;
}

/** Resolves to the exit code; undefined means 0. `commands`: all commands, for help and completion. */
export type Run = (invocation: Invocation, commands: readonly Command[]) => Promise<number | undefined>;

/** Describes one command of the command line: help and completion are made from this alone. */
export interface Command {
  /** Words after `streetdex`: `index verify`. */
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  /** Settings shown in its help; every setting is accepted by every command. */
  readonly settings: readonly SettingName[];
  /** Bounds of the number of positional arguments. */
  readonly positionals: readonly [min: number, max: number];
  /** Meanings of exit codes that differ from the usual ones. */
  readonly exits?: Readonly<Record<number, string>>;
  /** Loads the command's code; called only when it is to run. */
  load(): Promise<Run>;
}

export const JSON_FLAG: Flag = { type: 'boolean', describe: 'Print JSON for programs.' };

export const DRY_RUN_FLAG: Flag = { type: 'boolean', describe: 'Say what would be done, and change nothing.' };
