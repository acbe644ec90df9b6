// Gathers queries in a process of its own, on what was built: node evaluate-process.mjs INDEX DATA MANIFEST [MODEL]
import { App } from '../../dist/app.js';
import { loadConfig } from '../../dist/config/load-config.js';
import { gatherQueries } from '../../dist/evaluate/gather-queries.js';

const [index, data_dir, manifest, model] = process.argv.slice(2);
const app = new App(loadConfig({ index, data_dir, threads: '1', ...(model ? { model } : {}) }));
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
// A photo now and then, so that some are kept (each second) while others are still to come.
const parts = {
  config: app.config,
  index: () => app.index(),
  model: async (use) => {
    const real = await app.model(use);
    let turn = Promise.resolve();
    return {
      info: real.info,
      encoderState: () => real.encoderState(),
      prepare: (bytes, options) => real.prepare(bytes, options),
      encode: (tensor, options) => {
        turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, 150)));
        return turn.then(() => real.encode(tensor, options));
      },
    };
  },
};
try {
  const onProgress = ({ done, total }) => console.log(JSON.stringify({ done, total }));
  const { queries, embedded, skipped } = await gatherQueries(parts, { manifest }, { onProgress, signal: stop.signal });
  console.log(JSON.stringify({ queries: queries.map(({ id }) => id), embedded, skipped }));
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
} finally {
  await app.close();
}
