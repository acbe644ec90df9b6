import type { App } from '../../app.js';
import { packageVersion } from '../../config/package-version.js';
import { sendError } from '../../domain/sent-error.js';
import { endWithin } from '../end-within.js';
import type { ServingNews, ServingOrder } from '../serving-process.js';
import { withApp } from '../with-app.js';
import { openServer, stopServer } from './open-server.js';

// Forked by `serve`: answers on a socket of its own until it is told to stop, or until the parent process is gone.
const order = new Promise<Exclude<ServingOrder, string>>((resolve) => {
  process.once('message', (first: ServingOrder) => {
    if (typeof first === 'object') resolve(first);
  });
});
let listening = false;
const stopped = new Promise<void>((resolve) => {
  process.on('message', (next: ServingOrder) => {
    if (next === 'stop') resolve();
  });
  const alone = () => {
    // While it starts it has no calls to finish, and starting may take minutes: it ends at once.
    if (!listening) process.kill(process.pid, 'SIGKILL');
    resolve();
  };
  process.once('disconnect', alone);
  if (!process.connected) alone();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
let reload = () => {};
process.on('message', (next: ServingOrder) => {
  if (next === 'reload') reload();
});
// Also where SIGHUP is sent to all processes of a service.
process.on('SIGHUP', () => reload());
const tell = (news: ServingNews) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(news, () => resolve());
  });

const { config, socket } = await order;
try {
  const answer = async (app: App) => {
    const server = await openServer(app, { version: packageVersion(), socket });
    reload = server.reload;
    listening = true;
    await tell({ ready: true });
    await stopped;
    endWithin(Math.max(1, config.shutdown_timeout_s));
    return (await stopServer(app, server)) ? 0 : 1;
  };
  process.exitCode = await withApp(config, answer, { serves: true });
} catch (error) {
  await tell({ failed: sendError(error) });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
