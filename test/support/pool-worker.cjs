// A worker for the tests of worker-pool.ts: doubles numbers after `ms`, refuses, throws or dies as the job asks.
const { parentPort, workerData } = require('node:worker_threads');

if (workerData === 'fails') {
  parentPort.postMessage({
    ready: false,
    error: { family: 'caller', code: 'not_today', message: 'It does not start.' },
  });
  parentPort.close();
} else {
  let last = Promise.resolve();
  parentPort.on('message', (order) => {
    last = last.then(async () => {
      if (order === 'close') return parentPort.close();
      const { id, job } = order;
      if (job.die) process.exit(3);
      if (job.crash)
        setImmediate(() => {
          throw new Error('a native fault');
        });
      await new Promise((resolve) => setTimeout(resolve, job.ms ?? 0));
      if (job.refuse) parentPort.postMessage({ id, error: { family: 'caller', code: 'refused', message: 'No.' } });
      else parentPort.postMessage({ id, result: job.number * 2 });
    });
  });
  parentPort.postMessage({ ready: true });
}
