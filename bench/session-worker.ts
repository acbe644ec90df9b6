// One session of one thread in a thread of its own, as an ingest has one for each core.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { sessionOptions } from '../dist/clip/encoder-session.js';

const session = await InferenceSession.create(workerData.file, sessionOptions(1));
const feeds = { pixel_values: new Tensor('float32', workerData.pixels, workerData.dims) };
parentPort?.on('message', async (runs: number) => {
  for (let run = 0; run < runs; run++) await session.run(feeds);
  parentPort?.postMessage(runs);
});
parentPort?.postMessage('ready');
