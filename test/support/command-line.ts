import { spawnSync } from 'node:child_process';
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
 * answers; those of signals, pipes and memory start one of their own.
 */
export function commandLine(): (args: readonly string[], env?: NodeJS.ProcessEnv) => Ended {
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
  return (args, env = process.env) => {
    Atomics.store(done, 0, 0);
    port1.postMessage({ args, env: { ...env } });
    const waited = Atomics.wait(done, 0, 0, LONGEST_MS);
    const answer = receiveMessageOnPort(port1)?.message as (Ended & { died?: string }) | undefined;
    if (answer?.died !== undefined || answer === undefined) {
      throw new Error(`streetdex ${args.join(' ')}: the process ended (${answer?.died ?? waited}): ${answer?.stderr}`);
    }
    const { status, stdout, stderr } = answer;
    return { status, stdout, stderr };
  };
}

/** The same in a process of its own, as a user starts it. */
export function ownProcess(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Ended {
  const main = join(packageRoot(), 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
  return { status, stdout, stderr };
}
