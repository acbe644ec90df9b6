import { csvLine } from '../../client/csv-line.js';
import { CSV_HEAD, csvRow, photoFeatures } from '../../client/located-photo.js';
import { callerError, StreetdexError } from '../../domain/errors.js';
import { readPlainFile } from '../../images/plain-file.js';
import { type PhotoFile, photoFiles } from '../../ingest/sources/photo-files.js';
import { answerQuery, type LocateAnswerJson } from '../../locate/answer-query.js';
import { coarsen } from '../../locate/coarsen.js';
import { type Command, JSON_FLAG } from '../command.js';
import { HINT_FLAGS, hintsOf } from '../hint-flags.js';
import { Progress } from '../progress.js';
import { table } from '../table.js';
import { warnOfProfile } from '../warn-of-profile.js';
import { print, printJson, withApp } from '../with-app.js';

interface Located {
  readonly file: string;
  readonly answer: LocateAnswerJson | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export const locate: Command = {
  name: 'locate',
  arguments: 'PHOTO|DIR...',
  summary: 'Say where photos were taken, with the evidence.',
  examples: [
    'streetdex locate photo.jpg --index indexes/city',
    'streetdex locate photos/ --index indexes/city --csv > places.csv',
    'streetdex locate photo.jpg --index indexes/city --hint-country DE,AT --hint-near 48.2,16.4,300',
    'streetdex locate photo.jpg --index indexes/city --alpha 1 --beta 0 --gamma 0     # neighbours alone',
  ],
  flags: {
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each photo.' },
    geojson: {
      type: 'boolean',
      describe: 'Print a GeoJSON FeatureCollection: candidates with their circles, and neighbours.',
    },
    alpha: { type: 'string', value: 'A', describe: 'Weight of the neighbours, in place of the profile’s.' },
    beta: { type: 'string', value: 'B', describe: 'Weight of the captions.' },
    gamma: { type: 'string', value: 'G', describe: 'Weight of the prior.' },
    ...HINT_FLAGS,
    'include-self': { type: 'boolean', describe: 'Leave a photo that is in the index in its own evidence.' },
  },
  settings: ['index', 'model', 'round_km', 'threads', 'execution_provider'],
  positionals: [1, Number.POSITIVE_INFINITY],
  run: ({ config, positionals, on, text }) =>
    withApp(config, async (app) => {
      const hints = hintsOf({ text });
      if (['json', 'csv', 'geojson'].filter(on).length > 1)
        throw callerError('usage', 'Expected at most one of --json, --csv and --geojson.');
      const files = await photoFiles(positionals);
      const captioning = new Progress('embedding captions (once for this model)');
      await app.captions((done, total) => captioning.count(done, total));
      captioning.end();
      const locator = await app.locator();
      warnOfProfile(await app.profile());
      const references = await app.references();
      const overrides = { ...weight('alpha'), ...weight('beta'), ...weight('gamma') };
      const progress = new Progress('locating');
      const results: Located[] = [];
      if (on('csv')) print(csvLine(CSV_HEAD));
      for (const photo of files) {
        const result = await one(photo);
        if (on('csv')) print(csvLine(csvRow(result)));
        else results.push(result);
        if (files.length > 1) progress.count(results.length, files.length);
      }
      progress.end();
      if (on('json'))
        printJson(
          positionals.length === 1 && files.length === 1
            ? (results[0]?.answer ?? { error: results[0]?.error })
            : results,
        );
      else if (on('geojson')) printJson({ type: 'FeatureCollection', features: results.flatMap(photoFeatures) });
      else if (!on('csv')) print(results.map((result) => describe(result, app.config.round_km)).join('\n\n'));
      return files.length === 1 && results[0]?.error ? 2 : 0;

      async function one({ file, error }: PhotoFile): Promise<Located> {
        try {
          if (error !== null) throw error;
          const bytes = await readPlainFile(file);
          const answer = await answerQuery(
            { kind: 'image', bytes },
            { overrides, includeSelf: on('include-self'), ...(hints && { hints }) },
            { model: () => app.model(), references, locator },
          );
          return { file, answer: coarsen(answer, config.round_km), error: null };
        } catch (thrown) {
          if (!(thrown instanceof StreetdexError) || thrown.family !== 'caller') throw thrown;
          return { file, answer: null, error: { code: thrown.code, message: thrown.message } };
        }
      }

      function weight(name: 'alpha' | 'beta' | 'gamma'): Record<string, number> {
        const value = text(name);
        if (value === undefined) return {};
        const number = Number(value);
        if (!(number >= 0 && number <= 20))
          throw callerError('usage', `Expected --${name} to be a number from 0 to 20, but got ${value}.`);
        return { [name]: number };
      }
    }),
};

function describe({ file, answer, error }: Located, roundKm: number): string {
  if (!answer) return `${file}\n  ${error?.message} [${error?.code}]`;
  const percent = (p: number) => `${(p * 100).toFixed(p < 0.1 ? 1 : 0)} %`;
  const candidates = answer.candidates.map((candidate, i) => [
    `  ${i + 1}`,
    percent(candidate.probability),
    [candidate.place.name, candidate.place.region, candidate.place.country].filter(Boolean).join(', '),
    `${candidate.point.lat.toFixed(4)}, ${candidate.point.lon.toFixed(4)}`,
    `${round(candidate.radius_50_km)} km`,
    `${round(candidate.radius_90_km)} km`,
    `${candidate.because.retrieval_nats.toFixed(1)} / ${candidate.because.captions_nats.toFixed(1)}`,
  ]);
  const neighbours = answer.neighbours
    .slice(0, 5)
    .map((n) => [`  ${n.score.toFixed(3)}`, `${n.point.lat.toFixed(4)}, ${n.point.lon.toFixed(4)}`, n.source ?? n.id]);
  const captions = answer.captions.slice(0, 5).map((caption) => [`  ${percent(caption.probability)}`, caption.text]);
  return [
    file + (answer.query.reference_id ? '  (it is in the index; left out of its own evidence)' : ''),
    table(candidates, [
      '  #',
      'mass',
      'place',
      'position',
      '50 % within',
      '90 % within',
      'neighbours / captions (nats)',
    ]),
    `  ${answer.confident ? 'Confident' : `Not confident: ${answer.reason}`}${answer.calibrated ? '' : ' (the radii are not calibrated)'}${roundKm > 0 ? ` (points rounded to ${roundKm} km)` : ''}`,
    coverageLine(answer),
    hintsLine(answer),
    neighbours.length > 0
      ? `\n  Scenes that look alike (cosine, position, source)\n${table(neighbours, [])}`
      : '\n  No reference speaks for it.',
    captions.length > 0 ? `\n  Captions that fit\n${table(captions, [])}` : '',
  ]
    .filter((line) => line !== null)
    .join('\n');
}

function coverageLine({ index_coverage: coverage }: LocateAnswerJson): string | null {
  if (coverage === null || coverage.covered) return null;
  return `  It looks like nothing in the index: its nearest scene has a cosine of ${coverage.best_score.toFixed(3)}, below what 95 % of the index's own scenes have.`;
}

function hintsLine({ hints }: LocateAnswerJson): string | null {
  if (hints === null) return null;
  const { name, region, country } = hints.without.place;
  const place = [name, region, country].filter(Boolean).join(', ');
  const mass = `${(100 * hints.agreeing_mass_without).toFixed(1)} %`;
  return `  Without the hints ${mass} of the mass lies where they say, and the answer ${hints.changed ? `would be ${place}` : 'is the same'}.`;
}

const round = (km: number): string => (km < 10 ? km.toFixed(1) : km.toFixed(0));
