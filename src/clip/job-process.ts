import { Worker } from 'node:worker_threads';

/**
 * A process with one worker thread: it passes orders in and answers out, so that the next jobs arrive while the thread is
 * blocked by a job. It ends when its thread does, and when the parent process is gone.
 */
const [file, workerData] = process.argv.slice(2) as [string, string];
const worker = new Worker(file, { workerData: JSON.parse(workerData) });

process.on('message', (order: unknown) => worker.postMessage(order, buffersOf(order)));
worker.on('message', (answer) => process.send?.(answer));
worker.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
});
worker.on('exit', (code) => {
  process.exitCode = code;
  if (process.connected) process.disconnect();
});
process.on('disconnect', () => void worker.terminate());
// Ctrl-C reaches every process of a terminal, and a service's stop all that it started: the parent finishes its jobs and then
// ends this process.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

/** A received picture is this process's own copy. */
function buffersOf(order: unknown): ArrayBuffer[] {
  const tensor = (order as { readonly job?: { readonly tensor?: Float32Array } }).job?.tensor;
  return tensor?.buffer instanceof ArrayBuffer && tensor.byteLength === tensor.buffer.byteLength ? [tensor.buffer] : [];
}
