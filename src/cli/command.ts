import type { Config, SettingName } from '../config/settings.js';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help: `DIR`. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly describe: string;
}

export interface Invocation {
  readonly config: Config;
  readonly positionals: readonly string[];
  /** Value of a string flag of this command. */
  text(flag: string): string | undefined;
  texts(flag: string): readonly string[];
  on(flag: string): boolean;
}

/** One verb of the command line. */
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
  /** Resolves to the exit code; nothing means 0. */
  run(invocation: Invocation): Promise<number | undefined>;
}

export const JSON_FLAG: Flag = { type: 'boolean', describe: 'Print JSON for programs.' };
