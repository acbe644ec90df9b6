import { importGeonames } from '../../gazetteer/import-geonames.js';
import { type Command, JSON_FLAG } from '../command.js';
import { table } from '../table.js';
import { print, printJson, withApp } from '../with-app.js';

export const gazetteerStats: Command = {
  name: 'gazetteer stats',
  arguments: '',
  summary: 'What the gazetteer holds and where it comes from.',
  examples: ['streetdex gazetteer stats --json'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [0, 0],
  run: ({ config, on }) =>
    withApp(config, async (app) => {
      const gazetteer = await app.gazetteer();
      const stats = {
        file: app.gazetteerFile(),
        ...gazetteer.stats(),
        hash: gazetteer.hash,
        attribution: gazetteer.attribution,
      };
      if (on('json')) printJson(stats);
      else
        print(
          table(
            Object.entries(stats).map(([name, value]) => [name, String(value)]),
            [],
          ),
        );
      return undefined;
    }),
};

export const gazetteerImport: Command = {
  name: 'gazetteer import',
  arguments: 'DIR',
  summary: "Replace the gazetteer by GeoNames' own files.",
  examples: ['streetdex gazetteer import ~/Downloads/geonames'],
  flags: { json: JSON_FLAG },
  settings: ['data_dir'],
  positionals: [1, 1],
  run: ({ config, positionals, on }) =>
    withApp(config, async (app) => {
      await importGeonames(positionals[0] as string, app.gazetteerFile());
      const stats = (await app.gazetteer()).stats();
      if (on('json')) printJson(stats);
      else
        print(
          `Imported ${stats.countries} countries, ${stats.regions} regions and ${stats.cities} cities. Captions are embedded anew when they are next needed.`,
        );
      return undefined;
    }),
};
