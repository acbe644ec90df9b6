// Runs an ingest in a process of its own, on what was built: node ingest-process.mjs INDEX MODEL SOURCE
import { openClipModel } from '../../dist/clip/open-clip-model.js';
import { runIngest } from '../../dist/ingest/run-ingest.js';
import { openWriter } from '../../dist/references/embedded/open-index.js';

const [index, modelFolder, source] = process.argv.slice(2);
const model = await openClipModel(modelFolder, { threads: 1 });
const { id: modelId, name: modelName, dimension } = model.info;
const writer = await openWriter(index, { modelId, modelName, dimension });
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
const report = await runIngest({
  sources: [source],
  writer,
  model,
  countryAt: () => null,
  onEvent: (event) => {
    if (event.type === 'progress') console.log(JSON.stringify({ done: event.done, added: event.added }));
  },
  signal: stop.signal,
});
console.log(JSON.stringify({ report }));
await writer.close();
await model.close();
