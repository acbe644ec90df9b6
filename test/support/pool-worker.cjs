// A worker for the tests of worker-pool.ts: doubles numbers after `ms`, refuses, throws or dies as the job asks. Where it
// stands in for the processor, it adds `more` and dies of nothing. `startsOnce`: a file that tells a second start from the
// first, which alone succeeds.
const { existsSync, writeFileSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');

function fails(code) {
  parentPort.postMessage({ ready: false, error: { code, message: 'It does not start.' } });
  parentPort.close();
}

if (workerData === 'fails') fails('model_unreadable');
else if (workerData?.startsOnce && existsSync(workerData.startsOnce)) fails('provider_unavailable');
else {
  if (workerData?.startsOnce) writeFileSync(workerData.startsOnce, '');
  const more = workerData?.more ?? 0;
  let last = Promise.resolve();
  parentPort.on('message', (order) => {
    last = last.then(async () => {
      if (order === 'close') return parentPort.close();
      const { id, job } = order;
      if (job.die && more === 0) process.exit(3);
      if (job.dieOnce && !existsSync(job.dieOnce)) {
        writeFileSync(job.dieOnce, '');
        process.exit(3);
      }
      if (job.signal) process.kill(process.pid, job.signal);
      if (job.crash)
        setImmediate(() => {
          throw new Error('a native fault');
        });
      await new Promise((resolve) => setTimeout(resolve, job.ms ?? 0));
      if (job.refuse) parentPort.postMessage({ id, error: { code: 'tensor_wrong_size', message: 'No.' } });
      else parentPort.postMessage({ id, result: job.number * 2 + more });
    });
  });
  parentPort.postMessage({ ready: true, batch: workerData?.batch });
}
