import { App, DEFAULT_MODEL } from '../../app.js';
import { packageVersion } from '../../config/package-version.js';
import type { RunningServer } from '../../http/listen.js';
import { readProfile, writeProfile } from '../../locate/profile-file.js';
import { keepSamples } from '../../references/samples.js';
import { print } from '../print.js';
import { copyWithProgress } from '../run/index-copy.js';
import { openServer, stopServer } from '../run/open-server.js';
import { compareAnswers } from './compare-answers.js';
import { type DemoWorld, photosToAsk } from './demo-world.js';

const PHOTOS = 200;

/** The demo's index in a cluster, and two servers that answer from there. */
export interface DemoCluster {
  readonly urls: readonly string[];
  /** Whether photos get the same answers as from the folder, whose server is at `url`. */
  agrees(url: string, world: DemoWorld): Promise<boolean>;
  close(): Promise<void>;
}

/** Copies the index of `app` into the cluster of these nodes and starts two servers on it. @param nodes `host:port:grpc,…` */
export async function demoCluster(
  app: App,
  nodes: string,
  world: DemoWorld,
  ports: readonly number[],
): Promise<DemoCluster> {
  const index = `weaviate://${nodes}/Demo`;
  const config = { ...app.config, index, model: DEFAULT_MODEL };
  const servers: [App, RunningServer][] = [];
  const close = async () => {
    for (const [own, server] of servers) {
      await stopServer(own, server);
      await own.close();
    }
  };
  try {
    for (const port of ports) {
      const own = new App({ ...config, port });
      if (servers.length === 0) {
        const report = await copyWithProgress(app, own, { from: app.indexLocation(), to: index });
        print(`${report.references} references are in the cluster: the same as in the folder, by their checksum.`);
        // Copied each time, since the demo may have been tuned again.
        const profile = readProfile(app.indexFolder());
        if (profile !== null) writeProfile(own.indexFolder(), profile);
        await keepSamples(own.indexFolder(), world.samples);
      }
      servers.push([own, await openServer(own, { version: packageVersion() })]);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const urls = servers.map(([, { url }]) => url);
  return {
    urls,
    close,
    agrees: async (url, of) => compareAnswers(url, urls, (await photosToAsk(of)).slice(0, PHOTOS)),
  };
}
