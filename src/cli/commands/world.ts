import { resolve } from 'node:path';
import { callerError } from '../../domain/errors.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import { chooseTowns } from '../../pocket-world/choose-towns.js';
import { renderWorld } from '../../pocket-world/world.js';
import type { Command } from '../command.js';
import { Progress } from '../progress.js';
import { print, withApp } from '../with-app.js';

export const worldRender: Command = {
  name: 'world render',
  arguments: 'DIR',
  summary: 'Render street scenes of the pocket world, with a manifest to ingest.',
  examples: [
    'streetdex world render /tmp/world --towns 50 --scenes 8 --seed 7',
    'streetdex ingest /tmp/world/manifest.csv --index indexes/world',
  ],
  flags: {
    towns: {
      type: 'string',
      value: 'N',
      describe: 'How many towns (150), spread over the countries. None that the pocket model was trained on.',
    },
    scenes: { type: 'string', value: 'N', describe: 'Scenes of each town (8).' },
    seed: { type: 'string', value: 'TEXT', describe: 'Another seed, another world (1).' },
  },
  settings: ['data_dir'],
  positionals: [1, 1],
  run: ({ config, positionals, text }) =>
    withApp(config, async (app) => {
      const folder = resolve(positionals[0] as string);
      const seed = text('seed') ?? '1';
      const count = whole('towns', text('towns') ?? '150');
      const scenesPerTown = whole('scenes', text('scenes') ?? '8');
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
        seed,
        onProgress: (done, total) => progress.count(done, total),
      });
      progress.end();
      print(
        `Rendered ${scenes.length} scenes of ${towns.length} towns into ${folder}. Ingest them with: streetdex ingest ${folder}/manifest.csv --index DIR`,
      );
      return undefined;
    }),
};

/** Names of first-level regions for `chooseTowns`. */
export function regionNames(gazetteer: Gazetteer): (iso2: string, adminCode: string) => string | null {
  return (iso2, adminCode) => gazetteer.place(`${iso2}.${adminCode}`)?.name ?? null;
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw callerError('usage', `Expected --${flag} to be a whole number of at least 1, but got ${text}.`);
}
