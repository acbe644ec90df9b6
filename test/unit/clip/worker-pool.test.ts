import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type PoolOptions, WorkerPool } from '../../../src/clip/worker-pool.js';
import { hasCode } from '../../../src/domain/errors.js';

interface Job {
  readonly number: number;
  readonly ms?: number;
  readonly refuse?: boolean;
  readonly die?: boolean;
  readonly crash?: boolean;
  readonly signal?: string;
}

describe('WorkerPool', () => {
  let pool: WorkerPool<Job, number>;
  afterEach(() => pool.close());

  async function open(options: Partial<PoolOptions> = {}) {
    pool = await WorkerPool.start<Job, number>({
      file: join(process.cwd(), 'test/support/pool-worker.cjs'),
      workerData: null,
      workers: 1,
      ahead: 1,
      queueMax: 2,
      what: 'encoder',
      ...options,
    });
    return pool;
  }

  /** For a pool that may be between two threads. */
  async function untilAnswered(job: Job): Promise<number> {
    for (;;) {
      const answer = await pool.run(job).catch((error: unknown) => error);
      if (typeof answer === 'number') return answer;
      if (!hasCode(answer, 'encoder_down')) throw answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  it('answers jobs in the order in which they come', async () => {
    await open({ queueMax: 100, ahead: 2 });
    const order: number[] = [];
    const jobs = Array.from({ length: 20 }, (_, i) =>
      pool.run({ number: i, ms: i % 3 }).then((result) => {
        order.push(i);
        return result;
      }),
    );
    expect(await Promise.all(jobs)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i));
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('drops from its queue what nobody waits for any more, and finishes what is in hand', async () => {
    await open({ queueMax: 5 });
    const stop = new AbortController();
    const { signal } = stop;
    const inHand = pool.run({ number: 1, ms: 60 }, { signal });
    const dropped = [2, 3].map((number) => pool.run({ number, ms: 10_000 }, { signal, wait: number === 3 }));
    const other = pool.run({ number: 4 });
    stop.abort();
    for (const one of dropped) await expect(one).rejects.toMatchObject({ code: 'interrupted' });
    expect(await inHand).toBe(2);
    expect(await other).toBe(8);
    await expect(pool.run({ number: 5 }, { signal })).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('closes although all that waited was dropped meanwhile', async () => {
    await open({ queueMax: 5 });
    const stop = new AbortController();
    const inHand = pool.run({ number: 1, ms: 30 });
    const dropped = pool.run({ number: 2 }, { signal: stop.signal });
    const closed = pool.close();
    stop.abort();
    await expect(dropped).rejects.toMatchObject({ code: 'interrupted' });
    expect(await inHand).toBe(2);
    await closed;
  });

  it('refuses when its queue is full and says when to try again, and takes on who waits', async () => {
    await open();
    const taken = [0, 1, 2].map((number) => pool.run({ number, ms: 20 }));
    const refused = await pool.run({ number: 3 }).catch((error) => error);
    expect(refused).toMatchObject({ family: 'later', code: 'encoder_busy', options: { retryAfterS: 1 } });
    expect(await pool.run({ number: 4 }, { wait: true })).toBe(8);
    expect(await Promise.all(taken)).toEqual([0, 2, 4]);
    expect(await pool.run({ number: 5 })).toBe(10);
  });

  it('hands on an error of one job and goes on with the next', async () => {
    await open();
    await expect(pool.run({ number: 1, refuse: true })).rejects.toMatchObject({
      family: 'ours',
      code: 'tensor_wrong_size',
    });
    expect(await pool.run({ number: 2 })).toBe(4);
  });

  it.each(['die', 'crash'] as const)(
    'loses only the job in hand when its thread ends (%s), and starts anew',
    async (how) => {
      await open({ queueMax: 10, ahead: 2 });
      const lost = pool.run({ number: 1, [how]: true, ms: 1000 }).catch((error) => error);
      const kept = [pool.run({ number: 2 }), pool.run({ number: 3 })];
      expect(await lost).toMatchObject({ family: 'ours', code: 'encoder_crashed' });
      expect(await Promise.all(kept)).toEqual([4, 6]);
    },
  );

  it('loses with its thread what was handed over to it, and nothing that still waits', async () => {
    await open({ queueMax: 10, ahead: 2 });
    const lost = pool.run({ number: 1, die: true, ms: 1000 }).catch((error) => error);
    const handOver = [new ArrayBuffer(8)];
    const [behind, waiting] = [pool.run({ number: 2 }, { handOver }), pool.run({ number: 3 }, { handOver: [] })];
    expect(await lost).toMatchObject({ code: 'encoder_crashed' });
    await expect(behind).rejects.toMatchObject({ code: 'encoder_crashed' });
    expect(await waiting).toBe(6);
  });

  it('goes on after any number of threads that ended, each at the cost of its job', async () => {
    await open({ queueMax: 10, pauseMs: 1 });
    for (let i = 0; i < 5; i++) {
      await expect(pool.run({ number: 1, die: true }, { wait: true })).rejects.toMatchObject({
        code: expect.stringMatching(/^encoder_(crashed|down)$/),
      });
    }
    expect(await untilAnswered({ number: 5 })).toBe(10);
    expect(pool.health).toEqual({ alive: true, problem: null });
    expect(pool.restarts).toBeGreaterThanOrEqual(3);
  });

  it('says that it is down, and under what its threads ended, while none stays alive', async () => {
    const kindOf = ({ number }: Job) => (number === 1 ? 'TIFF' : 'PNG');
    await open({ queueMax: 10, what: 'decoder', pauseMs: 1_000, kindOf });
    const jobs = [1, 1, 2, 2].map((number) => pool.run({ number, die: true }).catch((error) => error));
    const [first, , third, fourth] = await Promise.all(jobs);
    expect(first).toMatchObject({ code: 'decoder_crashed', message: expect.stringContaining('TIFF in hand') });
    expect(third).toMatchObject({ code: 'decoder_crashed', message: expect.stringContaining('PNG in hand') });
    expect(fourth).toMatchObject({ family: 'later', code: 'decoder_down', options: { retryAfterS: 2 } });
    await expect(pool.run({ number: 3 })).rejects.toMatchObject({ code: 'decoder_down' });
    expect(pool.health).toEqual({ alive: false, problem: expect.stringContaining('TIFF (2), PNG (1)') });
  });

  it('keeps the other threads at work while one is replaced', async () => {
    await open({ queueMax: 10, workers: 2, pauseMs: 60_000 });
    for (let i = 0; i < 3; i++) await pool.run({ number: 1, die: true, ms: 5 }).catch(() => undefined);
    expect(pool.health.alive).toBe(true);
    expect(await pool.run({ number: 4 })).toBe(8);
  });

  it('refuses at once while another can’t be started, and takes work again when it can', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pool-'));
    const startsOnce = join(folder, 'started');
    await open({ queueMax: 10, pauseMs: 5, workerData: { startsOnce } });
    await expect(pool.run({ number: 1, die: true })).rejects.toMatchObject({ code: 'encoder_crashed' });
    await expect(pool.run({ number: 2 }, { wait: true })).rejects.toMatchObject({
      family: 'later',
      code: 'encoder_down',
    });
    expect(pool.health).toEqual({ alive: false, problem: expect.stringContaining('It does not start') });
    rmSync(startsOnce);
    expect(await untilAnswered({ number: 3 })).toBe(6);
    expect(pool.health.alive).toBe(true);
  });

  it('finishes what it has taken on when it is closed, and takes no more', async () => {
    await open({ queueMax: 10 });
    const jobs = [1, 2, 3].map((number) => pool.run({ number, ms: 10 }));
    const closed = pool.close();
    await expect(pool.run({ number: 9 })).rejects.toMatchObject({ family: 'ours', code: 'encoder_closed' });
    await closed;
    expect(await Promise.all(jobs)).toEqual([2, 4, 6]);
  });

  it('names what it runs in its codes', async () => {
    await open({ what: 'decoder' });
    await expect(pool.run({ number: 1, die: true })).rejects.toMatchObject({ code: 'decoder_crashed' });
    await pool.close();
    await expect(pool.run({ number: 2 })).rejects.toMatchObject({ code: 'decoder_closed' });
  });

  it('passes on why a thread does not start', async () => {
    await open();
    await expect(open({ workerData: 'fails', workers: 2 })).rejects.toMatchObject({ code: 'model_unreadable' });
  });

  it('lets a lone caller go ahead of those that wait for a place', async () => {
    await open({ queueMax: 100 });
    const order: number[] = [];
    const run = (number: number, wait: boolean) =>
      pool.run({ number, ms: 5 }, { wait }).then(() => {
        order.push(number);
      });
    // The first is in hand at once.
    await Promise.all([run(1, true), run(2, true), run(3, true), run(4, false), run(5, true), run(6, false)]);
    expect(order).toEqual([1, 4, 6, 2, 3, 5]);
  });

  it('gives a worker two batches of what it answers together', async () => {
    await open({ ahead: 2, queueMax: 1, workerData: { batch: 4 } });
    // Eight lie with the worker, one waits.
    const taken = Array.from({ length: 9 }, (_, number) => pool.run({ number, ms: 1 }));
    await expect(pool.run({ number: 9 })).rejects.toMatchObject({ code: 'encoder_busy' });
    expect(await Promise.all(taken)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
    expect(pool.batch).toBe(4);
  });

  it('runs the same worker in a process, says how it ended, and starts it again', async () => {
    const said: string[] = [];
    await open({ inProcesses: true, onRestart: (reason) => said.push(reason) });
    expect(await pool.run({ number: 21 })).toBe(42);
    await expect(pool.run({ number: 1, crash: true, ms: 1000 })).rejects.toMatchObject({
      code: 'encoder_crashed',
      message: expect.stringMatching(/process ended unexpectedly \(it ended with code 1: a native fault\)/),
    });
    expect(await pool.run({ number: 2 })).toBe(4);
    expect(said).toEqual(['it ended with code 1: a native fault']);
    expect(pool.restarts).toBe(1);
  });

  it.each(['SIGINT', 'SIGTERM'])('finishes in a process what it has in hand when it gets %s too', async (signal) => {
    await open({ inProcesses: true });
    expect(await pool.run({ number: 3, signal, ms: 200 })).toBe(6);
    expect(pool.restarts).toBe(0);
  });

  it('hands on from a process why it does not start', async () => {
    await open();
    await expect(open({ inProcesses: true, workerData: 'fails' })).rejects.toMatchObject({ code: 'model_unreadable' });
  });
});
