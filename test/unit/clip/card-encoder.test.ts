import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CardEncoder } from '../../../src/clip/card-encoder.js';
import { type PoolOptions, WorkerPool } from '../../../src/clip/worker-pool.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

interface Job {
  readonly number: number;
  readonly ms?: number;
  readonly refuse?: boolean;
  readonly die?: boolean;
  readonly dieOnce?: string;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function pool(options: Partial<PoolOptions>) {
  const started = await WorkerPool.start<Job, number>({
    ...{ file: join(process.cwd(), 'test/support/pool-worker.cjs'), workerData: null, workers: 1 },
    ...{ ahead: 2, queueMax: 100, what: 'encoder', ...options },
  });
  return started;
}

/** The card is a process; the processor answers a thousand more, so that one sees who answered. */
async function cardEncoder(workerData: unknown = null) {
  const notices: string[] = [];
  const card = await pool({ inProcesses: true, workerData });
  const encoder = new CardEncoder(
    card as never,
    'webgpu',
    async () => (await pool({ workerData: { more: 1000 } })) as never,
    (sentence) => notices.push(sentence),
  );
  encoder.trusted = true;
  open.push(encoder);
  const run = (job: Job) => encoder.run(job as never, { wait: true }) as unknown as Promise<number>;
  return { encoder, card, notices, run };
}

describe('a card’s encoder', () => {
  it('answers from the card as long as it lives', async () => {
    const { run, notices, encoder } = await cardEncoder();
    expect(await Promise.all([1, 2, 3].map((number) => run({ number })))).toEqual([2, 4, 6]);
    expect(encoder.device).toBe('webgpu');
    expect(notices).toEqual([]);
  });

  it('is started again once when its process ends, and no job is lost', async () => {
    const { run, card, encoder, notices } = await cardEncoder();
    expect(await run({ number: 1 })).toBe(2);
    const mark = join(temporaryFolder(), 'died');
    const jobs = [
      run({ number: 2 }),
      run({ number: 3, dieOnce: mark }),
      ...[4, 5, 6, 7].map((number) => run({ number })),
    ];
    expect(await Promise.all(jobs)).toEqual([4, 6, 8, 10, 12, 14]);
    expect(card.restarts).toBe(1);
    expect(encoder.device).toBe('webgpu');
    expect(notices).toEqual([]);
  });

  it('gives way to the processor when it ends again, with a notice, and no job is lost', async () => {
    const { run, encoder, notices } = await cardEncoder();
    const jobs = [1, 2, 3].map((number) => run({ number }));
    // The processor does not die of it: there it is a number like others.
    const fatal = run({ number: 4, die: true });
    const later = [5, 6, 7].map((number) => run({ number }));
    expect(await Promise.all(jobs)).toEqual([2, 4, 6]);
    expect(await fatal).toBe(1008);
    for (const [i, answer] of (await Promise.all(later)).entries())
      expect([10 + 2 * i, 1010 + 2 * i]).toContain(answer);
    expect(encoder.device).toBe('cpu');
    expect(await run({ number: 8 })).toBe(1016);
    expect(notices).toEqual([
      expect.stringMatching(/^The model runs on the processor from here on: webgpu failed twice\..*code 3/),
    ]);
  });

  it('gives way to the processor where it can not be opened again, as after a laptop has slept', async () => {
    const { run, encoder, notices } = await cardEncoder({ startsOnce: join(temporaryFolder(), 'started') });
    expect(await run({ number: 1 })).toBe(2);
    const fatal = run({ number: 2, die: true });
    const later = [3, 4, 5].map((number) => run({ number }));
    expect(await fatal).toBe(1004);
    expect(await Promise.all(later)).toEqual([1006, 1008, 1010]);
    expect(encoder.device).toBe('cpu');
    expect(notices).toEqual([expect.stringMatching(/^The model runs on the processor from here on: .*does not start/)]);
  });

  it('does not give way before it has shown that it computes right', async () => {
    const { run, encoder, notices } = await cardEncoder();
    encoder.trusted = false;
    await expect(run({ number: 1, die: true })).rejects.toMatchObject({ code: 'encoder_crashed' });
    expect(encoder.device).toBe('webgpu');
    expect(notices).toEqual([]);
  });

  it('hands on an error of one job as it is', async () => {
    const { run, encoder } = await cardEncoder();
    await expect(run({ number: 1, refuse: true })).rejects.toMatchObject({ code: 'tensor_wrong_size' });
    expect(encoder.device).toBe('webgpu');
  });
});
