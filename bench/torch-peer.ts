// peer.py as a child process that answers one order after the other, each a line of JSON.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../scripts/prepare.mjs';

export interface TorchPeer {
  ask<Answer>(order: object): Promise<Answer>;
  end(): void;
}

/** null where that Python has no torch and transformers. */
export async function startPeer(python: string, checkpoint: string, threads: number): Promise<TorchPeer | null> {
  const child = spawn(python, [join(root, 'bench', 'peer.py'), checkpoint, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<{ done: true }>((resolve) => child.once('error', () => resolve({ done: true })));
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) {
    console.error(`No peer: ${python} has no torch and transformers (bench/requirements.txt); ours alone.`);
    return null;
  }
  return {
    ask: async (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The peer ended.');
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}
