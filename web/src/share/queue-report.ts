import type { AnswerSummary } from '../locate/answer-summary.js';
import { queryOf } from '../locate/locate-address.js';
import { glance, type QueuedPhoto, queue } from '../locate/photo-queue.js';
import { indexFacts, placeSources } from '../state/index-facts.js';
import { coordinates, day, kilometres, percent } from '../text/format.js';
import { language, t } from '../text/language.js';
import { modelNotice } from '../text/model-notice.js';
import { placeName } from '../text/place-name.js';
import { problemSentence } from '../text/problem-sentence.js';
import { headlineOf, knownSentence } from '../text/verdict-words.js';
import { saveFile } from '../ui/save-file.js';
import { smallPicture } from '../ui/small-picture.js';
import { escaped, STYLE, toDataUrl } from './answer-report.js';
import { hintParameters } from './hint-parameters.js';

/** Saves one HTML file with a row for each photo. Yields the number done so far: each photo is made small first. */
export async function* saveQueueReport(): AsyncGenerator<number> {
  const rows: string[] = [];
  for (const key of queue.peek()) {
    const photo = glance(key);
    if (photo !== null) rows.push(await rowOf(photo));
    yield rows.length;
  }
  saveFile(new Blob([head(), ...rows, foot()], { type: 'text/html' }), 'streetdex-report.html');
}

async function rowOf(photo: QueuedPhoto): Promise<string> {
  const text = t.peek();
  const picture = photo.file === null ? null : await pictureOf(photo.file);
  const image = picture === null ? '' : `<img src="${picture}" alt="" width="96">`;
  const { name, state, summary, problem } = photo;
  const start = `<tr><td>${image}</td><td>${escaped(name)}</td>`;
  const best = summary?.candidates[0];
  if (state !== 'done' || summary === null || best === undefined) {
    const why =
      state === 'failed' ? problemSentence(problem) : state === 'done' ? text.answer.none : text.locate.state[state];
    return `${start}<td colspan="5">${escaped(why)}</td></tr>\n`;
  }
  const said = [verdictIn(summary, placeName(best.place)), knownSentence(summary)].flatMap((line) =>
    line === null ? [] : [`<br><small>${escaped(line)}</small>`],
  );
  const place = `${escaped(placeName(best.place))}<br><small>${coordinates(best.point)}</small>${said.join('')}`;
  const figures = [percent(best.probability), kilometres(best.radius_50_km), kilometres(best.radius_90_km)];
  const link = `<a rel="noreferrer" href="${escaped(addressOf(photo))}">${escaped(text.queue.link)}</a>`;
  return `${start}<td>${place}</td>${figures.map((figure) => `<td>${figure}</td>`).join('')}<td>${link}</td></tr>\n`;
}

/** The verdict, and what it names unless the place beside it is the same. */
function verdictIn(summary: AnswerSummary, place: string): string {
  const text = t.peek().verdict;
  const headline = headlineOf(summary) ?? text.noPlace;
  const word = text.word[summary.verdict.word];
  return headline === place ? word : `${word}: ${headline}`;
}

/** The answer on this server, as `Copy link` gives it. */
function addressOf(photo: QueuedPhoto): string {
  const given = Object.entries({ ...queryOf(photo), ...hintParameters(photo.hints) });
  const query = new URLSearchParams(given.filter((entry): entry is [string, string] => entry[1] !== null));
  return `${document.baseURI.replace(/#.*/s, '')}#/locate?${query}`;
}

async function pictureOf(file: File): Promise<string | null> {
  try {
    const picture = await smallPicture(file);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d')?.drawImage(picture, 0, 0);
    picture.close();
    return await toDataUrl(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 }));
  } catch {
    return null;
  }
}

function head(): string {
  const text = t.peek();
  const { within100, circle50, circle90 } = text.report;
  const columns = ['', text.queue.photo, text.browse.facts.place, within100, circle50, circle90, ''];
  return `<!doctype html>
<html lang="${language.peek()}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(text.queue.reportTitle)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(text.queue.reportTitle)}</h1>
<table><thead><tr>${columns.map((column) => `<th>${escaped(column)}</th>`).join('')}</tr></thead><tbody>
`;
}

function foot(): string {
  const text = t.peek();
  const facts = indexFacts.peek();
  const made = text.share.made(day(new Date().toISOString()), facts?.model_name ?? '');
  const sources = `${text.share.places} ${placeSources.peek()}`;
  const notice = modelNotice(facts?.notice ?? null, facts?.model_name) ?? '';
  const meaning = escaped(text.about.meaningText.slice(0, 2).join(' '));
  const ends = [made, notice, text.model.notFor, sources].map(escaped).join(' ');
  return `</tbody></table><p class="quiet">${meaning}</p><p class="quiet">${ends}</p></body></html>\n`;
}
