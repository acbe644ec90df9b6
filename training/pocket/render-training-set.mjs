/**
 * Renders the pocket model's training set: scenes of `train` towns only, with what each shows.
 *   node training/pocket/render-training-set.mjs --out DIR --towns N --per-town M --seed S [--size 320x240]
 *     [--split train|index|fresh] [--regions admin_level_1.json]
 * Writes DIR/images/*.jpg and DIR/scenes.jsonl: one object per scene, what it shows in the attr_ fields. Needs dist/.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { handNumbers, visibleAttributes } from '../../dist/pocket-world/attributes.js';
import { chooseTowns } from '../../dist/pocket-world/choose-towns.js';
import { renderWorld } from '../../dist/pocket-world/world.js';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    towns: { type: 'string', default: '3000' },
    'per-town': { type: 'string', default: '12' },
    seed: { type: 'string', default: 'training-1' },
    size: { type: 'string', default: '320x240' },
    split: { type: 'string', default: 'train' },
    regions: { type: 'string' },
  },
});
if (!values.out) throw new Error('Expected --out DIR, got none.');
const regions = values.regions ? JSON.parse(readFileSync(values.regions, 'utf8')) : {};
const [width, height] = values.size.split('x').map(Number);
const towns = chooseTowns({
  count: Number(values.towns),
  seed: values.seed,
  splits: [values.split],
  regionName: (iso2, adminCode) => regions[`${iso2}.${adminCode}`]?.name ?? null,
});
console.log(`${towns.length} towns of ${new Set(towns.map((town) => town.iso2)).size} countries`);
const started = Date.now();
const scenes = await renderWorld({
  folder: values.out,
  towns,
  scenesPerTown: Number(values['per-town']),
  seed: values.seed,
  width,
  height,
  onProgress(done, total) {
    if (done % 500 !== 0 && done !== total) return;
    const ms = (Date.now() - started) / done;
    console.log(
      `${done}/${total} scenes, ${ms.toFixed(1)} ms each, ${Math.round(((total - done) * ms) / 1000)} s left`,
    );
  },
});
const lines = scenes.map(({ file, point, scene }) => {
  const { id, name, region, country, iso2 } = scene.town;
  const where = { file, town_id: id, town: name, region, country, iso2, lat: point.lat, lon: point.lon };
  const shows = Object.entries({ ...visibleAttributes(scene), ...handNumbers(scene) });
  return JSON.stringify({ ...where, ...Object.fromEntries(shows.map(([name, value]) => [`attr_${name}`, value])) });
});
// One table only: the trainer reads every one that it finds in the folder.
rmSync(join(values.out, 'manifest.csv'));
writeFileSync(join(values.out, 'scenes.jsonl'), `${lines.join('\n')}\n`);
