// Brings an index over to a model in a process of its own, on what was built: node reembed-process.mjs INDEX MODEL
import { openClipModel } from '../../dist/clip/open-clip-model.js';
import { reembed } from '../../dist/ingest/reembed.js';
import { openNextVectors } from '../../dist/references/embedded/embedded-next-vectors.js';

const [index, modelFolder] = process.argv.slice(2);
const model = await openClipModel(modelFolder, { threads: 1 });
const { id: modelId, name: modelName, dimension } = model.info;
const vectors = openNextVectors(index, { modelId, modelName, dimension });
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
// One picture every few milliseconds, so that there is a moment between two of them to be killed in.
let turn = Promise.resolve();
const slow = {
  info: model.info,
  encoderState: () => model.encoderState(),
  prepare: (bytes, options) => model.prepare(bytes, options),
  encode: (tensor, options) => {
    turn = turn.then(() => new Promise((resolve) => setTimeout(resolve, 12)));
    return turn.then(() => model.encode(tensor, options));
  },
};
const report = await reembed({
  vectors,
  model: slow,
  onEvent: (event) => {
    if (event.type === 'progress') console.log(JSON.stringify({ done: event.done }));
    if (event.type === 'indexing') console.log(JSON.stringify({ indexing: true }));
  },
  signal: stop.signal,
});
console.log(JSON.stringify({ report }));
await vectors.close();
await model.close();
