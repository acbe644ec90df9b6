import { App, type AppOptions } from '../app.js';
import type { Config } from '../config/settings.js';

/** Opens the app for one command and closes it whatever happens. */
export async function withApp<T>(config: Config, work: (app: App) => Promise<T>, options: AppOptions = {}): Promise<T> {
  await using app = new App(config, options);
  return await work(app);
}
