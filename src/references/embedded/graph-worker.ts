import { parentPort, workerData } from 'node:worker_threads';
import { StreetdexError } from '../../domain/errors.js';
import { sendError } from '../../domain/sent-error.js';
import { storeError } from '../../store/store-error.js';
import { GraphKeeper } from './graph-keeper.js';
import { IndexFollower } from './index-follower.js';
import type { WorkerCalls, WorkerReply, WorkerRequest, WorkerSetup } from './worker-messages.js';

/** Time for adding points before a waiting search gets its turn. */
const SLICE_MS = 8;
/** Country means cost a pass over the index where something was deleted or corrected. */
const MEANS_EVERY_MS = 5000;

type Answers = { [Name in keyof WorkerCalls]?: (argument: WorkerCalls[Name][0]) => WorkerCalls[Name][1] };

const setup = workerData as WorkerSetup;
// A request has the argument of its own call.
const answers = (setup.role === 'follow' ? followAnswers(setup) : keepAnswers(setup)) as {
  readonly [Name in keyof WorkerCalls]?: (argument: unknown) => unknown;
};

parentPort?.on('message', (request: WorkerRequest) => {
  try {
    const answer = answers[request.call];
    if (answer === undefined) throw new Error(`A ${setup.role} worker does not answer ${request.call}.`);
    post({ number: request.number, result: answer(request.argument) });
  } catch (error) {
    post({ number: request.number, error: sendError(storeError(error, setup.folder)) });
  }
});

function followAnswers(options: WorkerSetup & { role: 'follow' }): Answers {
  let follower: IndexFollower | null = null;
  let growing = false;
  let meansAt = 0;
  let meansDue = false;

  const opened = () => {
    if (follower === null) throw new Error('The index is not open.');
    return follower;
  };
  const report = (means: boolean) => {
    if (follower === null) return;
    post({ state: follower.state(), ...(means ? { means: follower.countryMeans() } : {}) });
    if (!means) return;
    meansAt = performance.now();
    meansDue = false;
  };
  const grow = () => {
    growing = false;
    if (follower === null) return;
    // If this fails, the next tick tries again.
    unlessStoreFails(() => {
      growing = !follower?.growGraph(SLICE_MS);
    });
    if (growing) setImmediate(grow);
    else report(false);
  };
  const step = (): boolean => {
    if (follower === null) return false;
    const { changed, more } = follower.follow();
    meansDue ||= changed;
    if (changed) report(false);
    if (!growing && follower.state().pending > 0) {
      growing = true;
      setImmediate(grow);
    }
    return more;
  };
  const tick = () => {
    unlessStoreFails(() => {
      if (step()) setImmediate(tick);
      else if (meansDue && performance.now() - meansAt >= MEANS_EVERY_MS) report(true);
    });
  };
  return {
    open: () => {
      follower = new IndexFollower(options.folder, {
        storeId: options.storeId,
        ef: options.ef,
        bruteForceMax: options.bruteForceMax,
      });
      report(true);
      step();
      setInterval(tick, options.pollMs);
      return follower.state();
    },
    neighbours: (request) => {
      // Who was told that something is stored, or gone, finds it so in the next answer. Where more came than a step takes, the
      // ticks go on.
      unlessStoreFails(step);
      return opened().neighbours(request);
    },
    meansWithout: (exclude) => opened().meansWithout(exclude),
    sync: () => {
      while (step());
      report(true);
      return opened().state();
    },
    close: () => {
      follower?.close();
      follower = null;
      return null;
    },
  };
}

function keepAnswers({ folder, ahead }: WorkerSetup & { role: 'keep' }): Answers {
  let keeper: GraphKeeper | null = null;
  let growing = false;
  const grow = () => {
    growing = false;
    unlessStoreFails(() => {
      keeper ??= new GraphKeeper(folder);
      growing = !keeper.catchUp(SLICE_MS);
    });
    if (growing) setImmediate(grow);
  };
  if (ahead) setInterval(() => growing || grow(), 1000);
  return {
    checkpoint: (options) => {
      keeper ??= new GraphKeeper(folder);
      return keeper.checkpoint(options);
    },
    close: () => {
      keeper?.close();
      keeper = null;
      return null;
    },
  };
}

/**
 * Runs a timer's work. A store that is busy or gone must not end the thread, since the next tick tries again. A damaged store and a
 * fault of ours do end it: the next tick would fail like this one, while the thread that follows loads the index anew.
 */
function unlessStoreFails(work: () => void): void {
  try {
    work();
  } catch (error) {
    const known = storeError(error);
    if (!(known instanceof StreetdexError) || (known.family === 'ours' && known.code !== 'disk_error')) throw known;
  }
}

function post(reply: WorkerReply): void {
  parentPort?.postMessage(reply);
}
