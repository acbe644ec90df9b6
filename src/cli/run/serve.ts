import { pino } from 'pino';
import type { App } from '../../app.js';
import { packageVersion } from '../../config/package-version.js';
import type { Config } from '../../config/settings.js';
import { passOn } from '../../http/front.js';
import { listen, untilSignal } from '../../http/listen.js';
import type { Run } from '../command.js';
import { endWithin } from '../end-within.js';
import { print } from '../print.js';
import { ServingProcess } from '../serving-process.js';

export const serve: Run = ({ config, on }) => (on('no-supervise') ? serveAlone(config) : superviseServing(config));

/** Serves in this process, which a crash of native code ends. */
async function serveAlone(config: Config): Promise<number> {
  const [{ openServer, stopServer }, { withApp }] = await Promise.all([
    import('./open-server.js'),
    import('../with-app.js'),
  ]);
  let reload = () => {};
  onHangup(() => reload());
  const answer = async (app: App) => {
    const server = await openServer(app, { version: packageVersion() });
    reload = server.reload;
    await untilAsked(server.url);
    endWithin(Math.max(1, config.shutdown_timeout_s));
    return (await stopServer(app, server)) ? 0 : 1;
  };
  return withApp(config, answer, { serves: true });
}

/** This process holds the port and runs no native code; another one answers, and is restarted when it dies. */
async function superviseServing(config: Config): Promise<number> {
  using serving = new ServingProcess(config, pino({ level: config.log_level }, pino.destination(2)));
  onHangup(() => serving.reload());
  await serving.start();
  let code = 1;
  let stopped: Promise<void> | null = null;
  const drain = () => {
    stopped = serving.stop().then((own) => {
      code = own;
    });
  };
  const server = await listen({ app: passOn(serving), config, drain }).catch(async (error) => {
    await serving.stop();
    throw error;
  });
  await untilAsked(server.url);
  endWithin(Math.max(1, config.shutdown_timeout_s) + 1);
  const finished = await server.close();
  await stopped;
  return finished ? code : 1;
}

/** SIGHUP means that files have changed; in a terminal, that the terminal is gone, which ends the process like any command. */
function onHangup(reload: () => void): void {
  if (process.stdin.isTTY !== true) process.on('SIGHUP', reload);
}

/** Listens for signals before it prints the address, since the reader may end it at once. */
function untilAsked(url: string): Promise<NodeJS.Signals> {
  const asked = untilSignal();
  print(`streetdex answers at ${url} (documentation: ${url}/docs). Ctrl-C stops it.`);
  return asked;
}
