import type { App } from '../../app.js';
import { fault } from '../../domain/errors.js';
import { appParts } from '../../http/app-parts.js';
import { type ApiServer, createServer } from '../../http/create-server.js';
import { listen, type RunningServer } from '../../http/listen.js';
import { Progress } from '../progress.js';
import { warnOfProfile } from '../warn-of-profile.js';

/** `reload` applies changed files (`ApiServer`). */
export type ServingServer = RunningServer & Pick<ApiServer, 'reload'>;

/**
 * Opens everything before the server listens, so that model, index and captions fit each other. A missing index is made where a
 * model was named.
 * @param socket listened on instead of the settings' host and port
 * @throws `index_not_found`, `index_model_mismatch`, the errors of models, `port_in_use`, `refuse_public_bind`
 */
export async function openServer(
  app: App,
  { version, socket }: { readonly version: string; readonly socket?: string },
): Promise<ServingServer> {
  if (!(await app.hasIndex())) await beginIndex(app);
  await app.model();
  await app.index();
  const progress = new Progress('preparing place names (once for this model)');
  await app.captions((done, total) => progress.count(done, total));
  progress.end();
  await app.locator();
  warnOfProfile(await app.profile());
  const server = createServer(appParts(app), { version, supervised: socket !== undefined });
  const running = await listen(server, socket === undefined ? {} : { socket });
  return { ...running, reload: () => server.reload() };
}

async function beginIndex(app: App): Promise<void> {
  const folder = app.indexLocation();
  if (app.config.model === undefined) {
    throw fault(
      'index_not_found',
      `Expected an index at ${folder}, but there is none. Make one with: streetdex ingest PHOTOS --index ${folder}. Or name a model with --model: the server then begins an empty index, and goes by place names alone until it has references.`,
    );
  }
  await app.withWriter(async () => undefined);
  process.stderr.write(
    `Began an empty index at ${folder}: until it has references, the server goes by place names alone.\n`,
  );
}

/** Lets running calls finish, then saves the graph. @returns true when all calls could finish */
export async function stopServer(app: App, server: RunningServer): Promise<boolean> {
  const finished = await server.close();
  await app.saveGraph();
  return finished;
}
