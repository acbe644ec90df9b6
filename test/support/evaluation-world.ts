import { join } from 'node:path';
import { App, type AppOverrides } from '../../src/app.js';
import { settingsSchema } from '../../src/config/settings.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import { chooseTowns } from '../../src/pocket-world/choose-towns.js';
import { renderDescribed } from '../../src/pocket-world/render-scene.js';
import { driverOf, planScene } from '../../src/pocket-world/world.js';
import { smallGazetteer } from './small-gazetteer.js';
import { putFile, temporaryFolder } from './temporary-folder.js';

export interface EvaluationWorld {
  readonly folder: string;
  /** Photos of towns that are in the index and of others, with their truths: `queries/queries.csv`. */
  readonly manifest: string;
  readonly rows: readonly {
    readonly file: string;
    readonly lat: number;
    readonly lon: number;
    readonly author: string;
  }[];
  open(overrides?: AppOverrides): App;
}

const WIDTH = { width: 320, height: 240 };

/** An index of a few towns of the pocket world by its own model, and photos to ask about. */
export async function makeEvaluationWorld(towns = 6, references = 3, queries = 2): Promise<EvaluationWorld> {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  smallGazetteer(data);
  const chosen = chooseTowns({ count: towns, seed: 'evaluation test', splits: ['index'] });
  const head = 'file,lat,lon,author,sequence';
  const indexed: string[] = [];
  const rows: { file: string; lat: number; lon: number; author: string }[] = [];
  for (const [t, town] of chosen.entries()) {
    for (let n = 0; n < references + queries; n++) {
      const { point, scene } = planScene(town, n, 'evaluation test');
      const isQuery = n >= references;
      // The first third of the towns is asked about and not indexed.
      if (!isQuery && t < towns / 3) continue;
      const file = `${t}-${n}.jpg`;
      const author = driverOf(town, n);
      putFile(folder, `${isQuery ? 'queries' : 'photos'}/${file}`, await renderDescribed(scene, WIDTH));
      if (isQuery) rows.push({ file, ...point, author });
      else indexed.push(`${file},${point.lat},${point.lon},${author},walk ${t}-${n % 2}`);
    }
  }
  putFile(folder, 'photos/photos.csv', [head, ...indexed, ''].join('\n'));
  const asked = rows.map(({ file, lat, lon, author }) => `${file},${lat},${lon},${author},`);
  putFile(folder, 'queries/queries.csv', [head, ...asked, ''].join('\n'));
  const open = (overrides?: AppOverrides) =>
    new App(
      settingsSchema.parse({ index: join(folder, 'index'), model: 'pocket', data_dir: data, threads: 1 }),
      overrides,
    );
  const app = open();
  try {
    const gazetteer = await app.gazetteer();
    const model = await app.model();
    const countryAt = gazetteer.countryAt.bind(gazetteer);
    const sources = [join(folder, 'photos/photos.csv')];
    await app.withWriter((writer) => runIngest({ sources, options: {}, writer, model, countryAt }));
  } finally {
    await app.close();
  }
  return { folder, manifest: join(folder, 'queries/queries.csv'), rows, open };
}
