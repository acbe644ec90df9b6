import { present } from '../../domain/present.js';
import { importGeonames } from '../../gazetteer/import-geonames.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

export const gazetteerStats: Run = ({ config, on }) =>
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
  });

export const gazetteerImport: Run = ({ config, positionals, on }) =>
  withApp(config, async (app) => {
    await importGeonames(present(positionals[0]), app.gazetteerFile());
    const stats = (await app.gazetteer()).stats();
    if (on('json')) printJson(stats);
    else
      print(
        `Imported ${stats.countries} countries, ${stats.regions} regions and ${stats.cities} cities. Place names are prepared anew when they are next needed.`,
      );
    return undefined;
  });
