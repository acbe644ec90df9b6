import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { afterAll } from '@jest/globals';
import { packageRoot } from '../../src/config/package-root.js';

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LONGEST_MS = 300_000;

/**
 * The command line of dist/ in one process for a whole test file, which loads its modules once. For tests of what a command
 * answers; those of signals, pipes and memory start one of their own. One command at a time.
 */
export function commandLine() {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(join(packageRoot(), 'test/support/command-line-worker.cjs'), {
    workerData: { port: port2, done },
    transferList: [port2],
  });
  afterAll(async () => {
    port1.close();
    await worker.terminate();
  });
  const order = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    Atomics.store(done, 0, 0);
    port1.postMessage({ args, env: { ...env } });
  };
  const ended = (args: readonly string[], answer: (Ended & { died?: string }) | undefined): Ended => {
    if (answer === undefined || answer.died !== undefined) {
      const why = answer ? `${answer.died}: ${answer.stderr}` : `no answer in ${LONGEST_MS / 1000} s`;
      throw new Error(`streetdex ${args.join(' ')}: the process ended, ${why}`);
    }
    const { status, stdout, stderr } = answer;
    return { status, stdout, stderr };
  };
  return {
    /** Waits for it, and nothing else of this thread runs. */
    run(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Ended {
      order(args, env);
      Atomics.wait(done, 0, 0, LONGEST_MS);
      return ended(args, receiveMessageOnPort(port1)?.message);
    },

    /** For a command that this process has to answer, as the hub of models. */
    async later(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
      order(args, env);
      const [answer] = await once(port1, 'message');
      return ended(args, answer);
    },
  };
}

/** The same in a process of its own, as a user starts it. */
export function ownProcess(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Ended {
  const main = join(packageRoot(), 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}
