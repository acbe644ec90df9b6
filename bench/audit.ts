// How many photos with a false place the audit finds, and whether it raises as many false alarms as it says.
//
//   npm run bench:audit -- [--seed TEXT] [--false-alarms 0.05] [--json]
//
// Three pocket worlds with 1, 2 and 6 scenes a town. In each some photos say a place at least 200 km off, by six mistakes: a sign
// lost, latitude and longitude swapped, 0 0, a walk shifted, a clock four hours off on a day in three towns, another town's place.
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import { auditIndex } from '../dist/collection/audit/audit-index.js';
import { EvidenceCache } from '../dist/collection/audit/evidence-cache.js';
import { loadConfig } from '../dist/config/load-config.js';
import { Locator } from '../dist/locate/locator.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { KINDS, type Kind, plantedWorld } from './audit-world.js';
import { indexModel, referenceOf } from './pocket-scenes.js';
import { writeIndex } from './write-index.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    'false-alarms': { type: 'string', default: '0.05' },
    'data-dir': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** Scenes of each town, and towns. */
const WORLDS = [
  { scenes: 1, towns: 450 },
  { scenes: 2, towns: 300 },
  { scenes: 6, towns: 150 },
] as const;

interface Outcome {
  readonly scenes: number;
  readonly honest: number;
  readonly expected: number;
  readonly seen: number;
  readonly found: Readonly<Record<Kind, readonly [found: number, named: number, of: number]>>;
  readonly ms_a_photo: number;
}

const outcomes: Outcome[] = [];
for (const world of WORLDS) outcomes.push(await measure(world));
if (values.json) process.stdout.write(`${JSON.stringify({ seed: values.seed, outcomes })}\n`);
else print();

async function measure({ scenes, towns }: (typeof WORLDS)[number]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-audit-'));
  const index = join(folder, 'index');
  const data = values['data-dir'] === undefined ? {} : { data_dir: values['data-dir'] };
  const app = new App(loadConfig({ model: 'pocket', index, ...data }));
  try {
    const photos = await plantedWorld(app, { seed: `${values.seed} ${scenes}`, towns, scenes });
    const [gazetteer, captions, { info }] = [await app.gazetteer(), await app.captions(), await app.model()];
    const references = photos.map(({ stated, author, sequence, capturedAt }, i) => ({
      ...referenceOf(`photo ${i}`, { point: stated, author }, gazetteer),
      sequence,
      capturedAt,
    }));
    await writeIndex(index, indexModel(info), [references.map((one, i) => [one, photos[i].vector] as const)]);
    const reader = await openReader(index);
    const cache = new EvidenceCache(join(folder, 'findings.sqlite'), 'bench');
    const started = performance.now();
    const falseAlarms = Number(values['false-alarms']);
    const { implausible } = await auditIndex({
      ...{ index: { reader }, locator: new Locator(reader, captions, gazetteer, info.logitScale), cache, falseAlarms },
      ...{ filter: {}, copies: new Map() },
    });
    const ms = (performance.now() - started) / photos.length;
    cache.close();
    await reader.close();
    const listed = new Map(implausible.map((one) => [one.reference.id, one]));
    const honest = photos.filter(({ kind }) => kind === null).length;
    const found = Object.fromEntries(KINDS.map((kind) => [kind, [0, 0, 0]])) as Record<Kind, [number, number, number]>;
    let seen = 0;
    photos.forEach(({ kind }, i) => {
      const one = listed.get(references[i].id);
      if (kind === null) seen += one === undefined ? 0 : 1;
      else {
        found[kind][2]++;
        if (one === undefined) return;
        found[kind][0]++;
        if (one.mistake === (kind === 'zero' ? 'elsewhere' : kind)) found[kind][1]++;
      }
    });
    return { scenes, honest, expected: falseAlarms * honest, seen, found, ms_a_photo: ms };
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(): void {
  console.log(`seed ${values.seed}`);
  const percent = (part: number, whole: number) => `${part}/${whole} (${((100 * part) / whole).toFixed(1)} %)`;
  const total = (lists: readonly (readonly number[])[], at: number) => lists.reduce((sum, list) => sum + list[at], 0);
  const row = (some: readonly Outcome[]) => {
    const all = some.flatMap(({ found }) => Object.values(found));
    const [honest, seen] = [some.reduce((n, one) => n + one.honest, 0), some.reduce((n, one) => n + one.seen, 0)];
    const expected = some.reduce((n, one) => n + one.expected, 0);
    return {
      found: percent(total(all, 0), total(all, 2)),
      honest,
      // Twice the standard deviation: of that many alarms, and of the mistakes, whose number is estimated to set them apart.
      'false alarms expected': `${expected.toFixed(1)} ± ${(2 * Math.sqrt(expected + total(all, 2))).toFixed(1)}`,
      seen: percent(seen, honest),
      'ms a photo': (some.reduce((n, one) => n + one.ms_a_photo, 0) / some.length).toFixed(1),
    };
  };
  console.table({
    ...Object.fromEntries(outcomes.map((one) => [`${one.scenes} scenes a town`, row([one])])),
    together: row(outcomes),
  });
  const ofKind = (kind: Kind) => {
    const lists = outcomes.map(({ found }) => found[kind]);
    return { found: percent(total(lists, 0), total(lists, 2)), 'named right': total(lists, 1) };
  };
  console.table(Object.fromEntries(KINDS.map((kind) => [kind, ofKind(kind)])));
}
