/** Whether the terminal is none that moves its cursor as told: unknown, or `dumb` (an editor's shell, some logs). */
export function isDumbTerminal(environment: NodeJS.ProcessEnv = process.env): boolean {
  const { TERM } = environment;
  return TERM === 'dumb' || (TERM === undefined && process.platform !== 'win32');
}
