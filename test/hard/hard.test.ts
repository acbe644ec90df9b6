import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openWriter } from '../../src/references/embedded/open-index.js';
import { fixture } from '../support/fixtures.js';
import { MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../support/references.js';
import { xmpPacket } from '../support/xmp-packet.js';

const seed = Number(process.env.HARD_SEED);
const all = process.env.HARD_ALL !== undefined;
const seconds = Number(process.env.HARD_SECONDS);

interface Table {
  readonly cases: number;
  /** What became of the cases, by what was damaged or read. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Those that were answered by no sentence of ours. */
  readonly raw: readonly object[];
  readonly wrong?: readonly { readonly label: string }[];
  readonly told?: Readonly<Record<string, number>>;
  /** Of the process that answers, after the first tenth of the calls that it had to itself. */
  readonly memory?: { readonly growth: number } | null;
}

/** No case takes so long. */
const SILENT_MS_MAX = 10 * 60_000;

/** Runs a tool of this folder's in a process of its own, which what it is given may end. */
async function run(tool: string, args: readonly (string | number)[], flags: readonly string[] = []): Promise<Table> {
  const child = spawn(process.execPath, [...flags, join('test/support', tool), ...args.map(String)], {
    stdio: ['ignore', 'pipe', 2],
  });
  let last = '';
  let rest = '';
  // What loops in its own thread can't say so.
  const silent = setTimeout(() => child.kill('SIGKILL'), SILENT_MS_MAX);
  child.stdout?.on('data', (text) => {
    silent.refresh();
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    last = lines.at(-1) ?? last;
  });
  const ended = await new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  clearTimeout(silent);
  if (ended !== 0) throw new Error(`The process ended with ${ended}. Seed ${seed}, last: ${last}`);
  const table = JSON.parse(last) as Table;
  process.stderr.write(`${tool}, seed ${seed}: ${table.cases} cases\n`);
  for (const [what, how] of Object.entries(table.counts).sort()) {
    process.stderr.write(
      `  ${what}: ${Object.entries(how)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}\n`,
    );
  }
  return table;
}

async function makeIndex(folder: string, from: number): Promise<void> {
  const writer = await openWriter(folder, MODEL);
  writer.transaction((tx) => {
    for (let i = from; i < from + 60; i++) {
      tx.put(referenceOf(i), vectorOf(i));
      tx.putSource(referenceOf(i).id, sourceOf(i));
    }
  });
  await writer.checkpoint();
  await writer.close();
}

describe('an index whose files are damaged', () => {
  const folder = temporaryFolder();
  beforeAll(async () => {
    await makeIndex(join(folder, 'whole'), 0);
    await makeIndex(join(folder, 'other'), 1000);
  });

  it('is refused in a sentence, made anew or unaffected, and never answers from a part that was cut, lost or exchanged', async () => {
    const { cases, raw, wrong, told } = await run('hard-damage.mjs', [folder, seed, seconds, all ? 10_000 : 1e9]);
    process.stderr.write(`  wrong answers: ${JSON.stringify(told)}\n`);
    expect(cases).toBeGreaterThan(10);
    expect(raw).toEqual([]);
    expect(wrong).toEqual([]);
  });
});

describe('a command that writes', () => {
  it('is refused in a sentence where a file call fails, and comes to the same when it is run again, also after a kill', async () => {
    const { cases, raw, wrong } = await run(
      'hard-faults.mjs',
      [temporaryFolder(), seed, seconds, all ? 200 : 20],
      ['--require', './test/support/fail-nth.cjs'],
    );
    expect(cases).toBeGreaterThan(10);
    expect(raw).toEqual([]);
    expect(wrong).toEqual([]);
  });
});

describe('a server that is asked by calls of all kinds', () => {
  it('answers each as a model in memory does, forgets nothing that it acknowledged when it is killed, and takes no more memory with time', async () => {
    // A share is as troubled as the whole; its second half is too short to tell of memory.
    const calls = all ? 100_000 : 20_000;
    const { cases, raw, wrong, memory } = await run('hard-calls.mjs', [temporaryFolder(), seed, seconds, calls]);
    process.stderr.write(`  memory: ${JSON.stringify(memory)}\n`);
    expect(cases).toBeGreaterThan(100);
    expect(raw).toEqual([]);
    expect(wrong).toEqual([]);
    // A heap that is filled and collected moves by some percent; what is lost with each call would come to more.
    if (all) expect(memory?.growth).toBeLessThan(0.1);
  });
});

const GPX = `<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>${Array.from(
  { length: 20 },
  (_, i) =>
    `<trkpt lat="${48 + i / 100}" lon="${16 - i / 100}"><ele>${i}</ele><time>2024-05-01T12:00:${10 + i}Z</time></trkpt>`,
).join('')}</trkseg></trk></gpx>`;

describe('inputs that were changed at random', () => {
  const folder = temporaryFolder();

  it.each([
    ['pictures', () => ['decode', 'heic'].flatMap((name) => filesOf(name, /\.(jpg|png|webp|avif|tif|gif|heic)$/))],
    [
      'texts and checkpoints',
      () => {
        mkdirSync(join(folder, 'texts'), { recursive: true });
        const csv = `file,lat,lon,captured_at,url\n${Array.from({ length: 30 }, (_, i) => `${i}.jpg,${i},${2 * i},2024-05-0${1 + (i % 9)} 12:00,https://x.test/${i}`).join('\n')}\n`;
        const features = Array.from({ length: 10 }, (_, i) => ({
          ...{
            type: 'Feature',
            geometry: { type: 'Point', coordinates: [i, 2 * i] },
            properties: { file: `${i}.jpg` },
          },
        }));
        const texts = {
          'a.xmp': xmpPacket(
            '<exif:GPSLatitude>52,31N</exif:GPSLatitude><exif:GPSLongitude>13,24E</exif:GPSLongitude>',
          ),
          'a.gpx': GPX,
          'a.csv': csv,
          'a.geojson': JSON.stringify({ type: 'FeatureCollection', features }),
          'a.json': JSON.stringify(features.map(({ properties }, i) => ({ ...properties, lat: i, lon: i }))),
        };
        for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, 'texts', name), text);
        cpSync(fixture('checkpoints'), join(folder, 'texts'), { recursive: true });
        return (readdirSync(join(folder, 'texts'), { recursive: true }) as string[])
          .filter((name) => /\.(xmp|gpx|csv|geojson|safetensors|bin)$/.test(name) || name === 'a.json')
          .map((name) => join(folder, 'texts', name))
          .filter((file) => readFileSync(file).length < 4 * 2 ** 20);
      },
    ],
  ])('%s are read or refused in a sentence, within seconds', async (_, inputs) => {
    const { cases, raw } = await run('hard-inputs.mjs', [folder, seed, seconds, all ? 20_000 : 1e9, ...inputs()]);
    expect(cases).toBeGreaterThan(100);
    expect(raw).toEqual([]);
  });
});

function filesOf(name: string, which: RegExp): readonly string[] {
  return readdirSync(fixture(name))
    .filter((file) => which.test(file))
    .map((file) => join(fixture(name), file));
}
