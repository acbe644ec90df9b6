// What labels, probes and shares are worth on the pocket world, whose towns no model was trained on.
//
//   npm run bench:collection -- [--seed TEXT] [--towns 400] [--scenes 4] [--json]
//
// Each question has labels that a scene's own description gives. Zero-shot asks by the captions of the countries that have a label
// (the pocket model knows no other sentences); a probe learns from half of the towns. What a town has at random and the picture does
// not tell, or the model was taught to overlook, is a control: a probe must say that it is no better than chance.
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import type { LabelSet } from '../dist/collection/label-set.js';
import type { PhotoLabels } from '../dist/collection/labels/label-store.js';
import { trainProbe } from '../dist/collection/probes/train-probe.js';
import type { Sentences } from '../dist/collection/tags/scorer.js';
import { loadConfig } from '../dist/config/load-config.js';
import { toUnitVector, type UnitVector } from '../dist/domain/unit-vector.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import type { CountryFacts } from '../dist/pocket-world/country-fact-types.js';
import { allCountryFacts } from '../dist/pocket-world/country-facts.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Scene } from '../dist/pocket-world/scene.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { indexModel, referenceOf, scenesOf } from './pocket-scenes.js';
import { writeIndex } from './write-index.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(1_000_000_000)) },
    towns: { type: 'string', default: '400' },
    scenes: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});

interface Question {
  readonly name: string;
  /** null: the scene does not say. */
  readonly label: (scene: Scene) => string | null;
  /** Of a country, where its captions can stand for the label. */
  readonly ofCountry?: (facts: CountryFacts) => string | null;
  readonly control?: true;
}

const tercile = (value: number, low: number, high: number) => (value < low ? 'low' : value < high ? 'middle' : 'high');
const flat = (facts: CountryFacts) => (/-flat$/.test(facts.tradition) ? 'flat' : 'pitched');

function questionsOf(scenes: readonly Scene[]): readonly Question[] {
  const terciles = (of: (scene: Scene) => number) => {
    const sorted = scenes.map(of).sort((a, b) => a - b);
    const [low, high] = [1 / 3, 2 / 3].map((share) => sorted[Math.floor(share * sorted.length)] as number);
    return (scene: Scene) => tercile(of(scene), low as number, high as number);
  };
  const fact = (of: (facts: CountryFacts) => string | null) => ({
    label: ({ facts }: Scene) => of(facts),
    ofCountry: of,
  });
  return [
    { name: 'side of driving', ...fact(({ drives }) => drives) },
    { name: 'centre line', ...fact(({ centreLine }) => centreLine) },
    { name: 'script', ...fact(({ script }) => script) },
    { name: 'building tradition', ...fact(({ tradition }) => tradition) },
    { name: 'flat roofs', ...fact(flat) },
    { name: 'pole', label: ({ facts, shown }) => (shown.poles ? facts.pole : null), ofCountry: ({ pole }) => pole },
    { name: 'taxi', label: ({ vehicles }) => (vehicles.some(({ kind }) => kind === 'taxi') ? 'taxi' : 'none') },
    { name: 'snow', label: ({ snow }) => (snow ? 'snow' : 'none') },
    { name: 'asphalt, light or dark', label: terciles(({ hand }) => hand.asphaltLightness) },
    { name: 'warmth', label: terciles(({ hand }) => hand.setting.warmth) },
    { name: 'weather', label: ({ weather }) => weather, control: true },
    { name: 'lamp', label: ({ hand }) => hand.lamp, control: true },
    { name: 'landmark', label: ({ hand }) => hand.landmark.kind, control: true },
    { name: 'banner', label: ({ hand }) => hand.banner, control: true },
    { name: 'people', label: ({ people }) => (people.length > 0 ? 'some' : 'none'), control: true },
  ];
}

const folder = mkdtempSync(join(tmpdir(), 'streetdex-collection-'));
const index = join(folder, 'index');
await using app = new App(loadConfig({ model: 'pocket', index }));
try {
  const { scenes, ids } = await makeIndex();
  const reader = await openReader(index, { lazy: true });
  const countries = await countryVectors();
  const rows = [];
  for (const question of questionsOf(scenes)) {
    const row = await ask(question, scenes, ids, countries, reader);
    rows.push(row);
    process.stderr.write(`${question.name}\n`);
  }
  await reader.close();
  if (values.json) console.log(JSON.stringify({ seed: values.seed, rows }, null, 2));
  else {
    console.log(
      `Seed ${values.seed}, ${scenes.length} scenes of ${values.towns} towns; half of the towns are labelled.`,
    );
    console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Scenes of towns that the model was not trained on, rendered, embedded and indexed; a town is a walk. */
async function makeIndex() {
  const towns = chooseTowns({
    count: Number(values.towns),
    seed: `collection ${values.seed}`,
    splits: ['index', 'fresh'],
  });
  const [model, gazetteer] = [await app.model('throughput'), await app.gazetteer()];
  const all = [...scenesOf(towns, Number(values.scenes), `collection ${values.seed}`)];
  const ids: string[] = [];
  const lots = async function* () {
    for (let from = 0; from < all.length; from += 64) {
      const lot = all.slice(from, from + 64).map(async ({ scene, point, town }) => {
        const bytes = await renderDescribed(scene);
        const { tensor, width, height } = await model.prepare(bytes, { wait: true });
        const { vector } = await model.encode(tensor, { wait: true });
        const reference = referenceOf(bytes, { point, author: 'nobody', width, height }, gazetteer);
        return [{ ...reference, sequence: town.id }, vector] as const;
      });
      const made = await Promise.all(lot);
      ids.push(...made.map(([{ id }]) => id));
      yield made;
    }
  };
  await writeIndex(index, indexModel(model.info), lots());
  return { scenes: all.map(({ scene }) => scene), ids };
}

async function countryVectors(): Promise<ReadonlyMap<string, UnitVector>> {
  const [model, gazetteer] = [await app.model('throughput'), await app.gazetteer()];
  const captions = gazetteer.captions(model.info.templates).filter(({ level }) => level === 'country');
  const vectors = await model.embedTexts(
    captions.map(({ text }) => text),
    { wait: true },
  );
  return new Map(captions.map(({ id }, i) => [id, vectors[i] as UnitVector]));
}

async function ask(
  { name, label, ofCountry, control }: Question,
  scenes: readonly Scene[],
  ids: readonly string[],
  countries: ReadonlyMap<string, UnitVector>,
  reader: Awaited<ReturnType<typeof openReader>>,
) {
  const said = scenes.map(label);
  const names = [...new Set(said.filter((one) => one !== null))].sort();
  const towns = [...new Set(scenes.map(({ town }) => town.id))];
  const labelledTowns = new Set(towns.filter((_, i) => i % 2 === 0));
  const labelled = ids.flatMap((id, i): PhotoLabels[] => {
    const own = said[i];
    return own === null || own === undefined || !labelledTowns.has(scenes[i]?.town.id ?? '')
      ? []
      : [{ id, labels: [own], chosen: 'given', sample: null }];
  });
  const logitScale = (await app.model('throughput')).info.logitScale;
  const sentences: Sentences | null =
    ofCountry === undefined ? null : { vectors: names.map((one) => meanOf(one, ofCountry, countries)), logitScale };
  const { probe } = await trainProbe(setOf(name, names), labelled, reader, { sentences });
  const [task] = probe.tasks;
  if (task === undefined) throw new Error('A probe without a task.');
  const range = ({ value, low, high }: { value: number; low: number; high: number }) =>
    `${two(value)} (${two(low)} to ${two(high)})`;
  return {
    name,
    labels: task.labels.length,
    photos: task.photos.reduce((a, b) => a + b, 0),
    chance: two(task.chance),
    'zero-shot': task.zero_shot === null ? '' : range(task.zero_shot),
    probe: range(task.balanced_accuracy),
    gain: range(task.gain),
    better: probe.better,
    expected: control === true ? 'no better than chance' : 'better',
  };
}

function two(value: number): string {
  return value.toFixed(2);
}

function meanOf(
  name: string,
  ofCountry: NonNullable<Question['ofCountry']>,
  countries: ReadonlyMap<string, UnitVector>,
): UnitVector {
  const own = allCountryFacts().filter((facts) => ofCountry(facts) === name && countries.has(facts.iso2));
  const vectors = own.map(({ iso2 }) => countries.get(iso2) as UnitVector);
  const dimension = vectors[0]?.length ?? 0;
  return toUnitVector(
    Array.from({ length: dimension }, (_, d) => vectors.reduce((sum, vector) => sum + (vector[d] as number), 0)),
  );
}

/** A set of these labels; its sentences are asked otherwise. */
function setOf(id: string, names: readonly string[]): LabelSet {
  return {
    ...{
      format: 'streetdex-label-set',
      version: 1,
      id,
      title: id,
      subject: id,
      kind: 'exclusive',
      zero_shot: true,
      known: '',
    },
    taxonomy: { source: 'The pocket world', licence: 'CC0-1.0' },
    labels: names.map((name) => ({ name, meaning: name, sentences: [name] })),
  };
}
