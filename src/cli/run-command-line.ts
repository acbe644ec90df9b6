import { packageVersion } from '../config/package-version.js';
import { StreetdexError } from '../domain/errors.js';
import { COMMANDS } from './commands.js';
import { exitCode } from './exit-code.js';
import { findCommand } from './find-command.js';
import { commandHelp, groupHelp, programHelp } from './help.js';
import { readInvocation } from './read-invocation.js';

/** Does what the arguments after the program's name ask for; gives the exit code. What fails is told on standard error. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    const [first] = args;
    if (first === undefined || isHelp(first)) return show(programHelp(COMMANDS), first === undefined ? 2 : 0);
    if (first === '--version') return show(`${packageVersion()}\n`);
    const found = findCommand(COMMANDS, args);
    if (found.kind === 'group') return show(groupHelp(COMMANDS, found.group), found.rest.some(isHelp) ? 0 : 2);
    const { command, rest } = found;
    if (rest.some(isHelp)) return show(commandHelp(command));
    const invocation = readInvocation(command, rest);
    const run = await command.load();
    return (await run(invocation, COMMANDS)) ?? 0;
  } catch (error) {
    report(error, args.includes('--json'));
    return exitCode(error);
  }
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h';
}

function show(text: string, code = 0): number {
  process.stdout.write(text);
  return code;
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
