import { App } from '../app.js';
import type { Config } from '../config/settings.js';

/** Opens the app for one command and closes it whatever happens. */
export async function withApp<T>(config: Config, work: (app: App) => Promise<T>): Promise<T> {
  await using app = new App(config);
  return await work(app);
}

export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, process.stdout.isTTY ? 2 : 0));
}
