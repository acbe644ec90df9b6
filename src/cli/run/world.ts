import { resolve } from 'node:path';
import { present } from '../../domain/present.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import { chooseTowns } from '../../pocket-world/choose-towns.js';
import { renderWorld } from '../../pocket-world/world.js';
import type { Run } from '../command.js';
import { print } from '../print.js';
import { Progress } from '../progress.js';
import { wholeNumber } from '../whole-number.js';
import { withApp } from '../with-app.js';

export const worldRender: Run = ({ config, positionals, text }) =>
  withApp(config, async (app) => {
    const folder = resolve(present(positionals[0]));
    const seed = present(text('seed'));
    const count = wholeNumber('towns', present(text('towns')));
    const scenesPerTown = wholeNumber('scenes', present(text('scenes')));
    const walks = text('walks');
    const frames = walks === undefined ? {} : { framesPerWalk: wholeNumber('walks', walks) };
    const towns = chooseTowns({
      count,
      seed,
      splits: ['index', 'fresh'],
      regionName: regionNames(await app.gazetteer()),
    });
    const progress = new Progress('rendering');
    const scenes = await renderWorld({
      folder,
      towns,
      scenesPerTown,
      ...frames,
      seed,
      onProgress: (done, total) => progress.count(done, total),
    });
    progress.end();
    print(
      `Rendered ${scenes.length} scenes of ${towns.length} towns into ${folder}. Ingest them with: streetdex ingest ${folder}/manifest.csv --index DIR`,
    );
    return undefined;
  });

/** Names of first-level regions for `chooseTowns`. */
export function regionNames(gazetteer: Gazetteer): (iso2: string, adminCode: string) => string | null {
  return (iso2, adminCode) => gazetteer.place(`${iso2}.${adminCode}`)?.name ?? null;
}
