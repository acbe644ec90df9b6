import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.js';
import { childrenOf } from '../../support/children-of.js';

export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  /** Ends the process that answers as a crash of native code does: another is started. */
  crash(): void;
}

/** `streetdex serve` as its own process, so that it can be stopped and started under the page. */
export async function startServer(
  index: string,
  environment: Readonly<Record<string, string>>,
  port = 0,
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [join(packageRoot(), 'dist', 'cli', 'main.js'), 'serve', '--index', index, '--port', String(port)],
    {
      env: { ...process.env, STREETDEX_RATE_LIMIT_PER_MINUTE: '0', STREETDEX_LOG_LEVEL: 'error', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const url = await urlOf(child);
  return {
    url,
    stop: () => end(child, 'SIGTERM'),
    kill: async () => {
      const answering = answeringOf(child);
      await end(child, 'SIGKILL');
      signal(answering, 'SIGKILL');
    },
    crash: () => signal(answeringOf(child), 'SIGABRT'),
  };
}

/** The process that answers for the one that holds the port. */
function answeringOf(child: ChildProcess): number {
  return childrenOf(child.pid as number)[0] as number;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself meanwhile.
  }
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      said += bytes;
      const url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`streetdex serve ended with ${code}: ${said}`)));
  });
}

function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}
