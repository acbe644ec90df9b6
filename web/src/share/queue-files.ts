import { csvLine } from '../../../src/client/csv-line.js';
import { CSV_HEAD, csvRow, type LocatedPhoto, photoFeatures } from '../../../src/client/located-photo.js';
import { ApiProblem } from '../api/problem.js';
import { glance, type QueuedPhoto, queue } from '../locate/photo-queue.js';
import { t } from '../text/language.js';
import { problemSentence } from '../text/problem-sentence.js';
import { saveFile } from '../ui/save-file.js';

/** Saves the photos as `streetdex locate --csv` writes them, in the order in which they came. */
export function saveCsv(): void {
  const lines = [CSV_HEAD, ...located().map(csvRow)].map((values) => `${csvLine(values)}\n`);
  saveFile(new Blob(lines, { type: 'text/csv' }), 'streetdex.csv');
}

/** Saves each photo's first candidate with its circles, as `streetdex locate --geojson` writes them. */
export function saveGeoJson(): void {
  const collection = { type: 'FeatureCollection', features: located().flatMap(photoFeatures) };
  saveFile(new Blob([JSON.stringify(collection)], { type: 'application/geo+json' }), 'streetdex.geojson');
}

const located = (): LocatedPhoto[] => queue.peek().flatMap((key) => toLocated(glance(key)));

function toLocated(photo: QueuedPhoto | null): LocatedPhoto[] {
  if (photo === null) return [];
  const { name: file, state, summary, problem } = photo;
  if (state === 'done') return [{ file, answer: summary, error: null }];
  const code = problem instanceof ApiProblem ? problem.code : 'no_answer';
  const message = state === 'failed' ? problemSentence(problem) : t.peek().locate.state[state];
  return [{ file, answer: null, error: { code, message } }];
}
