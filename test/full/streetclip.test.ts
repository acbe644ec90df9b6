import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openClipModel } from '../../src/clip/open-clip-model.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { FakeHub } from '../support/fake-hub.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Made by scripts/test-full.mjs: a checkpoint of StreetCLIP's shapes, and the photos of its expected.json. */
const checkpoint = process.env.FULL_TEST_CHECKPOINT;
const photos = process.env.FULL_TEST_PHOTOS;
const ID = 'geolocal/StreetCLIP';
const PEAK_BYTES_MAX = 6e9;
const CUT_AFTER = 800_000_000;

interface Expected {
  readonly photos: readonly string[];
  readonly image_embeds: readonly number[][];
  readonly texts: readonly string[];
  readonly text_embeds: readonly number[][];
}

interface Card {
  readonly precision: string;
  readonly measured: { readonly precisions: Record<string, { readonly holds: boolean }> };
}

const whole = checkpoint === undefined || photos === undefined ? describe.skip : describe;
const why = 'a checkpoint of StreetCLIP’s size, from a hub whose delivery breaks off, through the command line';

whole(checkpoint === undefined ? `${why} (skipped: npm run test:full makes one)` : why, () => {
  const source = checkpoint ?? '';
  const root = temporaryFolder();
  const modelFolder = join(root, 'models', ID);
  let hub: FakeHub;
  let expected: Expected;

  beforeAll(async () => {
    expected = JSON.parse(readFileSync(join(source, 'expected.json'), 'utf8')) as Expected;
    const names = readdirSync(source).filter((name) => name !== 'expected.json');
    const files = Object.fromEntries(names.map((name) => [name, { path: join(source, name) }]));
    hub = await FakeHub.start({ id: ID, files, cardData: { license: 'cc-by-nc-4.0' } });
  }, 120_000);
  afterAll(() => hub[Symbol.asyncDispose]());

  /** Runs `model add`; its progress goes to where that of the tests goes. */
  async function add(precision: string): Promise<{ seconds: number; peakBytes: number }> {
    const peak = join(root, 'peak');
    const folders = ['--models-dir', join(root, 'models'), '--data-dir', join(root, 'data')];
    const program = ['--import', './test/support/report-peak.mjs', 'dist/cli/main.js'];
    const command = ['model', 'add', ID, '--precision', precision, '--hub-endpoint', hub.endpoint, ...folders];
    const started = performance.now();
    const child = spawn(process.execPath, [...program, ...command], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PEAK_FILE: peak },
    });
    const status = await new Promise((resolve) => child.once('exit', resolve));
    expect(status).toBe(0);
    const seconds = (performance.now() - started) / 1000;
    const peakBytes = Number(readFileSync(peak, 'utf8'));
    process.stderr.write(
      `model add --precision ${precision}: ${seconds.toFixed(0)} s, peak memory ${(peakBytes / 1e9).toFixed(2)} GB\n`,
    );
    return { seconds, peakBytes };
  }

  /** The lowest cosine over the photos and the captions. */
  async function lowestCosine(): Promise<number> {
    const model = await openClipModel(modelFolder, { prepareWorkers: 1 });
    try {
      const ours: UnitVector[] = [];
      for (const name of expected.photos) {
        const { tensor } = await model.prepare(readFileSync(join(photos ?? '', name)));
        ours.push((await model.encode(tensor)).vector);
      }
      for (const text of expected.texts) ours.push((await model.embedText(text)).vector);
      const theirs = [...expected.image_embeds, ...expected.text_embeds].map((row) => Float32Array.from(row));
      expect(ours).toHaveLength(theirs.length);
      const lowest = Math.min(...ours.map((vector, i) => cosine(vector, theirs[i] as UnitVector)));
      process.stderr.write(`${model.info.precision}: lowest cosine to transformers ${lowest.toFixed(6)}\n`);
      return lowest;
    } finally {
      await model.close();
    }
  }

  it('becomes a model in float32 that gives what transformers gives, in less than 6 GB', async () => {
    hub.fail(/^cdn:.*pytorch_model\.bin/, { cutAfter: CUT_AFTER });
    const { peakBytes } = await add('fp32');
    expect(peakBytes).toBeLessThan(PEAK_BYTES_MAX);
    const ranges = hub.asked('pytorch_model.bin').map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, `bytes=${CUT_AFTER}-`]);
    expect(await lowestCosine()).toBeGreaterThanOrEqual(0.99999);
  }, 1_200_000);

  it('becomes a model by the choice of auto, near to transformers, in less than 6 GB', async () => {
    const { peakBytes } = await add('auto');
    expect(peakBytes).toBeLessThan(PEAK_BYTES_MAX);
    const card = JSON.parse(readFileSync(join(modelFolder, 'streetdex.json'), 'utf8')) as Card;
    expect(card.measured.precisions[card.precision]?.holds).toBe(true);
    expect(await lowestCosine()).toBeGreaterThanOrEqual(0.99);
  }, 1_800_000);
});
