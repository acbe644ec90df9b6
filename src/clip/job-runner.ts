import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../config/package-root.js';

/** A thread or a process that is sent jobs and answers them: `serveJobs` is its other end. */
export interface JobRunner {
  /** `handOver`: buffers that move to a thread; to a process everything is copied. */
  send(order: unknown, handOver: readonly ArrayBuffer[]): void;
  /** Replaces the former listener. */
  listen(listener: RunnerListener): void;
  readonly hasEnded: boolean;
  kill(): void;
}

export interface RunnerListener {
  readonly message: (answer: unknown) => void;
  /** Called once, when it has ended for whatever reason. */
  readonly ended: (reason: unknown) => void;
}

const NOBODY: RunnerListener = { message: () => {}, ended: () => {} };

/**
 * @param file a built worker
 * @param gone called once it has ended, apart from the listener
 */
export function startThread(file: string, workerData: unknown, gone: () => void = () => {}): JobRunner {
  const worker = new Worker(file, { workerData });
  let listener = NOBODY;
  let reason: unknown = null;
  worker.on('message', (answer) => listener.message(answer));
  worker.on('error', (error) => {
    reason = error;
  });
  worker.on('exit', (code) => {
    gone();
    listener.ended(reason ?? `it ended with code ${code}`);
  });
  return {
    send: (order, handOver) => worker.postMessage(order, handOver),
    listen: (next) => {
      listener = next;
    },
    get hasEnded() {
      return worker.threadId === -1;
    },
    kill: () => void worker.terminate(),
  };
}

/** The last characters of a process's standard error are kept: there a driver says why it ends. */
const SAID_MAX = 2000;

/**
 * Starts the same worker in a process of its own, to contain crashes of graphics drivers.
 * @param workerData a JSON value
 */
export function startProcess(file: string, workerData: unknown): JobRunner {
  const child = fork(workerFile('clip/job-process'), [file, JSON.stringify(workerData)], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let listener = NOBODY;
  let said = '';
  child.stderr?.on('data', (text) => {
    said = `${said}${text}`.slice(-SAID_MAX);
  });
  child.on('message', (answer) => listener.message(answer));
  child.on('error', (error) => listener.ended(error));
  child.on('close', (code, signal) => {
    // A killed process did not say why.
    const last = signal === null ? (said.trim().split('\n').at(-1) ?? '') : '';
    listener.ended(`it ended with ${signal ?? `code ${code}`}${last === '' ? '' : `: ${last}`}`);
  });
  return {
    // A job that no longer reaches the process is failed by its end.
    send: (order) => void child.send(order as object, () => {}),
    listen: (next) => {
      listener = next;
    },
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
