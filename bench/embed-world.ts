// Renders a pocket world and keeps the vectors of its scenes, for trials of anything that comes after the model.
//
//   npm run bench:embed-world -- --seed N [--towns 450] [--references 8] [--scenes 4] --out FILE
//
// FILE.f32 has the vectors one after another, FILE.json says what each is of: `--references` scenes ('ref') and
// `--scenes` further ones ('query') of each of `--towns` towns ('index'), and as many 'query' scenes of each of
// `--towns` others ('fresh'). Some ten scenes a second and core.
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from '../dist/app.js';
import type { ClipModel } from '../dist/clip/clip-model.js';
import { loadConfig } from '../dist/config/load-config.js';
import { chooseTowns } from '../dist/pocket-world/choose-towns.js';
import { renderDescribed } from '../dist/pocket-world/render-scene.js';
import type { Scene } from '../dist/pocket-world/scene.js';
import { driverOf, planScene } from '../dist/pocket-world/world.js';
import type { PoolEntry, PoolFile } from './open-pool.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    towns: { type: 'string', default: '450' },
    references: { type: 'string', default: '8' },
    scenes: { type: 'string', default: '4' },
    threads: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});
const { seed, out } = values;
if (seed === undefined || out === undefined) throw new Error('Expected --seed and --out.');
const AT_ONCE = 64;
const folder = mkdtempSync(join(tmpdir(), 'streetdex-embed-world-'));
const app = new App(loadConfig({ model: 'pocket', index: join(folder, 'index'), threads: values.threads }));
const file = openSync(`${out}.f32`, 'w');
try {
  const model = await app.model('throughput');
  const meta: PoolEntry[] = [];
  const all = plan();
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const some = all.slice(first, first + AT_ONCE);
    for (const vector of await Promise.all(some.map(({ scene }) => embed(model, scene)))) writeSync(file, vector);
    meta.push(...some.map(({ scene: _, ...rest }) => rest));
    process.stderr.write(`${meta.length} of ${all.length} scenes\r`);
  }
  const { id: modelId, logitScale: scale, dimension: dim } = model.info;
  const pool: PoolFile = { seed, modelId, scale, dim, meta };
  writeFileSync(`${out}.json`, JSON.stringify(pool));
} finally {
  closeSync(file);
  await app.close();
  rmSync(folder, { recursive: true, force: true });
}

function plan(): (PoolEntry & { scene: Scene })[] {
  const count = Number(values.towns);
  return (['index', 'fresh'] as const).flatMap((split) =>
    chooseTowns({ count, seed: `bench ${seed}`, splits: [split] }).flatMap((town) => {
      const some = (kind: 'ref' | 'query', lot: string, n: string) =>
        Array.from({ length: Number(n) }, (_, i) => {
          const { point, scene } = planScene(town, i, `${lot} ${seed}`);
          return { kind, split, town: town.id, n: i, point, author: driverOf(town, i), scene };
        });
      const references = split === 'index' ? some('ref', 'index', values.references) : [];
      return [...references, ...some('query', 'query', values.scenes)];
    }),
  );
}

async function embed(model: ClipModel, scene: Scene) {
  const { tensor } = await model.prepare(await renderDescribed(scene), { wait: true });
  return (await model.encode(tensor, { wait: true })).vector;
}
