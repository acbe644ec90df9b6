import type { App } from '../../app.js';
import { packageVersion } from '../../config/package-version.js';
import { fault } from '../../domain/errors.js';
import { appParts } from '../../http/app-parts.js';
import { createServer } from '../../http/create-server.js';
import { listen, type RunningServer, untilSignal } from '../../http/listen.js';
import type { Run } from '../command.js';
import { endWithin } from '../end-within.js';
import { print } from '../print.js';
import { Progress } from '../progress.js';
import { warnOfProfile } from '../warn-of-profile.js';
import { withApp } from '../with-app.js';

export const serve: Run = ({ config }) =>
  withApp(config, async (app) => {
    const server = await startServer(app);
    // Before it says so: who reads that may ask it to end at once.
    const asked = untilSignal();
    print(`streetdex answers at ${server.url} (documentation: ${server.url}/docs). Ctrl-C stops it.`);
    await asked;
    endWithin(Math.max(1, config.shutdown_timeout_s));
    return (await stopServer(app, server)) ? 0 : 1;
  });

/**
 * Opens everything first, so that the server listens only when model, index and captions fit each other. An index that is
 * not there yet is begun where a model was named.
 * @throws `index_not_found`, `index_model_mismatch`, the errors of models, `port_in_use`, `refuse_public_bind`
 */
export async function startServer(app: App): Promise<RunningServer> {
  if (!(await app.hasIndex())) await beginIndex(app);
  await app.model();
  await app.index();
  const progress = new Progress('preparing place names (once for this model)');
  await app.captions((done, total) => progress.count(done, total));
  progress.end();
  await app.locator();
  warnOfProfile(await app.profile());
  return listen(createServer(appParts(app), { version: packageVersion() }));
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

/** Lets running calls finish, then brings the graph's file up to what was written. True when all could finish. */
export async function stopServer(app: App, server: RunningServer): Promise<boolean> {
  const finished = await server.close();
  await app.saveGraph();
  return finished;
}
