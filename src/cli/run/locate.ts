import type { LocateAnswer } from '../../api/types.js';
import type { App } from '../../app.js';
import { csvLine } from '../../client/csv-line.js';
import { CSV_HEAD, csvRow, photoFeatures } from '../../client/located-photo.js';
import { fault, StreetdexError } from '../../domain/errors.js';
import { shapeLocated } from '../../http/shape-located.js';
import { readPlainFile } from '../../images/plain-file.js';
import { Sidecars } from '../../ingest/sidecars/find-sidecars.js';
import { type PhotoFile, photoFiles } from '../../ingest/sources/photo-files.js';
import { type AnswerOptions, answerQuery } from '../../locate/answer-query.js';
import type { Hints } from '../../locate/hints.js';
import { nearPlace } from '../../locate/verdict.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { hintsOf } from '../read-hints.js';
import { KEPT, table } from '../table.js';
import { warnOfProfile } from '../warn-of-profile.js';
import { withApp } from '../with-app.js';

interface Located {
  readonly file: string;
  readonly answer: LocateAnswer | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export const locate: Run = async (invocation) => {
  const { config, positionals, on } = invocation;
  const hints = hintsOf(invocation);
  if (['json', 'csv', 'geojson'].filter(on).length > 1)
    throw fault('usage', 'Expected at most one of --json, --csv and --geojson.');
  const files = await photoFiles(positionals);
  return withApp(config, (app) => locateAll(app, invocation, files, hints), { once: files.length === 1 });
};

async function locateAll(
  app: App,
  { config, positionals, on, text }: Invocation,
  files: readonly PhotoFile[],
  hints: Hints | undefined,
): Promise<number> {
  const captioning = new Progress('preparing place names (once for this model)');
  await app.captions((done, total) => captioning.count(done, total));
  captioning.end();
  const locator = await app.locator();
  warnOfProfile(await app.profile());
  const { reader: references } = await app.evidence();
  if (await app.answersByCaptionsAlone()) {
    const where = config.index === undefined ? 'No index was given' : `There is no index at ${app.indexLocation()}`;
    process.stderr.write(`${where}: it goes by place names alone, and no photo is compared.\n`);
  }
  const overrides = { ...weight('alpha'), ...weight('beta'), ...weight('gamma') };
  const progress = new Progress('locating');
  const sidecars = new Sidecars();
  const { notice } = (await app.model()).info;
  const results: Located[] = [];
  const forPrograms = ['json', 'csv', 'geojson'].some(on);
  if (notice !== null) {
    if (forPrograms) process.stderr.write(`${notice}\n`);
    else print(`${notice}\n`);
  }
  if (on('csv')) print(csvLine(CSV_HEAD));
  for (const [i, photo] of files.entries()) {
    const result = await one(photo);
    if (on('csv')) print(csvLine(csvRow(result)));
    else results.push(result);
    if (files.length > 1) progress.count(i + 1, files.length);
  }
  progress.end();
  if (on('json'))
    printJson(
      positionals.length === 1 && files.length === 1 ? (results[0]?.answer ?? { error: results[0]?.error }) : results,
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
        { overrides, includeSelf: on('include-self'), known: await knownBeside(file), ...(hints && { hints }) },
        { model: () => app.model(), references, locator },
      );
      return { file, answer: shapeLocated(answer, config.round_km), error: null };
    } catch (thrown) {
      if (!(thrown instanceof StreetdexError) || !thrown.isMendable) throw thrown;
      return { file, answer: null, error: { code: thrown.code, message: thrown.message } };
    }
  }

  /** A sidecar's position of the photo, which is shown and not used. */
  async function knownBeside(file: string): Promise<NonNullable<AnswerOptions['known']> | null> {
    const { xmp, takeout } = await sidecars.read(file);
    if (xmp.point !== null) return { point: xmp.point, from: 'xmp' };
    return takeout.point && { point: takeout.point, from: 'takeout' };
  }

  function weight(name: 'alpha' | 'beta' | 'gamma'): Record<string, number> {
    const value = text(name);
    if (value === undefined) return {};
    const number = Number(value);
    if (!(number >= 0 && number <= 20))
      throw fault('usage', `Expected --${name} to be a number from 0 to 20, but got ${value}.`);
    return { [name]: number };
  }
}

function describe({ file, answer, error }: Located, roundKm: number): string {
  if (!answer) return `${file}\n  ${error?.message} [${error?.code}]`;
  const candidates = answer.candidates.map((candidate, i) => [
    `  ${i + 1}`,
    percent(candidate.probability),
    nearPlace(candidate.place),
    `${candidate.point.lat.toFixed(4)}, ${candidate.point.lon.toFixed(4)}`,
    `${round(candidate.radius_50_km)}${KEPT}km`,
    `${round(candidate.radius_90_km)}${KEPT}km`,
    `${weighed(candidate.because.retrieval_nats)} / ${weighed(candidate.because.captions_nats)}`,
  ]);
  const neighbours = answer.neighbours
    .slice(0, 5)
    .map((n) => [`  ${n.score.toFixed(3)}`, `${n.point.lat.toFixed(4)}, ${n.point.lon.toFixed(4)}`, n.source ?? n.id]);
  const captions = answer.captions.slice(0, 5).map((caption) => [`  ${percent(caption.probability)}`, caption.text]);
  return [
    file + (answer.query.reference_id ? '  (it is in the index, and does not count as evidence for itself)' : ''),
    `  ${answer.verdict.headline === null ? 'No place can be named.' : firstUpper(answer.verdict.headline)}`,
    `  ${answer.verdict.sentence}`,
    coverageLine(answer),
    knownLine(answer),
    hintsLine(answer),
    '',
    table(candidates, [
      '  #',
      'probability',
      'place',
      'position',
      '50 % circle',
      '90 % circle',
      'weight of scenes / names',
    ]),
    answer.calibrated || answer.verdict.unchecked !== null
      ? null
      : '  Circles and probabilities are estimates that nobody has checked.',
    roundKm > 0 ? `  Points are rounded to ${roundKm} km.` : null,
    neighbours.length > 0
      ? `\n  Scenes that look alike (similarity, position, source)\n${table(neighbours, [])}`
      : '\n  The index has no scenes to compare the photo with.',
    captions.length > 0 ? `\n  Place names that fit\n${table(captions, [])}` : '',
  ]
    .filter((line) => line !== null)
    .join('\n');
}

function coverageLine({ index_coverage, verdict }: LocateAnswer): string | null {
  const { covered, reason, best_score: best } = index_coverage;
  if (covered === true || reason === 'no_references' || verdict.word === 'unknown') return null;
  if (reason === 'too_few_scenes')
    return '  The index has only one photo of most of its places, so nobody can tell whether it covers this one.';
  return `  This photo looks like nothing in the index: the most alike scene has a similarity of ${best?.toFixed(3)}; 95 % of the index’s own scenes have one that is more alike.`;
}

const FROM = { photo: 'the photo itself', xmp: 'its XMP sidecar', takeout: 'its Takeout sidecar', index: 'the index' };

function knownLine({ known }: LocateAnswer): string | null {
  if (known === null) return null;
  const { lat, lon } = known.point;
  const off = known.distance_km === null ? '' : `; the answer is ${round(known.distance_km)} km from there`;
  return `  Taken at ${lat.toFixed(4)}, ${lon.toFixed(4)} by ${FROM[known.from]}${off} (this was not used as evidence).`;
}

const firstUpper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function hintsLine({ hints }: LocateAnswer): string | null {
  if (hints === null) return null;
  const { name, region, country } = hints.without.place;
  const place = [name, region, country].filter(Boolean).join(', ');
  const mass = `${(100 * hints.agreeing_mass_without).toFixed(1)} %`;
  return `  Without the hints, ${mass} of the probability lies where they hold, and the answer ${hints.changed ? `would be ${place}` : 'is the same'}.`;
}

/** Percent; never 100 % or 0 % for what is not certain. */
function percent(p: number): string {
  if (p > 0 && p < 0.0005) return `<${KEPT}0.1${KEPT}%`;
  if (p < 1 && p >= 0.995) return `>${KEPT}99${KEPT}%`;
  return `${(p * 100).toFixed(p < 0.1 ? 1 : 0)}${KEPT}%`;
}

/** Without a negative zero. */
const weighed = (nats: number): string => nats.toFixed(1).replace('-0.0', '0.0');

const round = (km: number): string => (km < 10 ? km.toFixed(1) : km.toFixed(0));
