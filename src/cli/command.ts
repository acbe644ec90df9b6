import type { Config, SettingName } from '../config/settings.js';

export interface Flag {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help: `DIR`. Completion offers files for DIR and FILE. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly describe: string;
  /** What `text` gives where the flag is not given. */
  readonly default?: string;
  /** All values there are; another one is refused. */
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

/** Resolves to the exit code; nothing means 0. `commands`: every verb there is, for what tells of them. */
export type Run = (invocation: Invocation, commands: readonly Command[]) => Promise<number | undefined>;

/** What one verb of the command line says of itself: help and completion are made from this, and need nothing else. */
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
  /** What exit codes mean here, where that is not what they mean everywhere. */
  readonly exits?: Readonly<Record<number, string>>;
  /** Brings in what the verb works with: only when it is to be done. */
  load(): Promise<Run>;
}

export const JSON_FLAG: Flag = { type: 'boolean', describe: 'Print JSON for programs.' };

export const DRY_RUN_FLAG: Flag = { type: 'boolean', describe: 'Say what would be done, and change nothing.' };
