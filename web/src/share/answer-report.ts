import { fetchFile } from '../api/call.js';
import type { Hints, LocateAnswer } from '../api/types.js';
import type { MapPicture } from '../map/overlay.js';
import { coordinates, day, decimals, kilometres, percent } from '../text/format.js';
import { hintWords } from '../text/hint-words.js';
import { language, t } from '../text/language.js';
import { modelNotice } from '../text/model-notice.js';
import { placeName } from '../text/place-name.js';
import { plainText } from '../text/plain-text.js';
import { coverageSentence, headlineOf, knownSentence, rollUpRows, verdictSentence } from '../text/verdict-words.js';

const PICTURES = 12;
const PHOTO_PIXELS = 640;

/** What goes into a report besides the answer. */
export interface ReportInput {
  readonly name: string;
  readonly answer: LocateAnswer;
  readonly hints: Hints;
  readonly modelName: string;
  readonly indexName: string | null;
  /** URL of the photo that this browser can show; null where there is none. */
  readonly preview: string | null;
  readonly map: MapPicture | null;
  /** Sources of the places' names. */
  readonly placeSources: string;
}

/** The style of every report. */
export const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#16202b;background:#fff}
img{max-width:100%;border-radius:6px}table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .7rem .3rem 0;border-top:1px solid #d5dce2}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.8rem;padding:0;list-style:none}.pictures img{width:100%;aspect-ratio:4/3;object-fit:cover}
.top{display:grid;grid-template-columns:1fr 1fr;gap:1rem}small,.quiet{color:#52606d}@media(max-width:40rem){.top{grid-template-columns:1fr}}`;

/** One HTML file without script that needs nothing else: the photo, the map, candidates and the evidence with pictures. */
export async function answerReport(input: ReportInput): Promise<string> {
  const { name, answer, modelName, map } = input;
  const given = hintWords(input.hints);
  const text = t.value;
  const photo = input.preview === null ? null : await shrunk(input.preview);
  const neighbours = await Promise.all(
    answer.neighbours.slice(0, PICTURES).map(async (neighbour) => ({
      ...neighbour,
      picture: await thumbnailOf(neighbour.thumbnail),
    })),
  );
  const image = (source: string | null, alt: string) =>
    source === null ? '' : `<img src="${escaped(source)}" alt="${escaped(alt)}">`;
  const { verdict, photo_facts: facts } = answer;
  const doubts = [
    modelNotice(answer.model_notice, modelName),
    given.length === 0 ? null : text.verdict.given(given.join('; ')),
    coverageSentence(answer),
    answer.calibrated || answer.verdict.unchecked !== null ? null : text.answer.uncalibrated,
  ].filter((line) => line !== null);
  const photoRows: readonly (readonly [string, string | null])[] = [
    ['SHA-256', answer.query.sha256],
    [text.verdict.knownPin, knownSentence(answer)],
    [text.browse.facts.captured, facts?.captured_at ?? null],
    [text.browse.facts.heading, facts?.heading_deg == null ? null : `${decimals(facts.heading_deg, 0)}°`],
    [text.browse.facts.author, facts?.author ?? null],
    [text.browse.facts.licence, facts?.licence ?? null],
  ];
  const madeRows: readonly (readonly [string, string | null])[] = [
    [text.report.model, `${modelName} (${answer.model})`],
    [text.report.index, input.indexName],
    [text.report.profile, answer.blend.profile],
  ];
  const table = (some: typeof photoRows) =>
    `<table><tbody>${some.flatMap(([name, value]) => (value === null ? [] : [`<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`])).join('')}</tbody></table>`;
  const rows = answer.candidates.map(
    ({ place, point, probability, radius_50_km, radius_90_km, radius_is }, i) =>
      `<tr><td>${i + 1}</td><td>${escaped(placeName(place))}<br><small>${coordinates(point)}</small></td><td>${percent(probability)}</td><td>${kilometres(radius_50_km)}</td><td>${kilometres(radius_90_km)}${radius_is === 'conditional' ? ` <small>${escaped(text.answer.conditional)}</small>` : ''}</td></tr>`,
  );
  const scenes = neighbours.map(
    ({ picture, source, id, score, point, captured_at, author, licence, attribution, url }) => {
      const whose = [attribution ?? author, licence].filter((part) => part !== null).join(', ');
      const name = escaped(source ?? id);
      return `<li>${image(picture, source ?? id)}<br>${isWebAddress(url) ? `<a rel="noreferrer" href="${escaped(url)}">${name}</a>` : name}<br><small>${text.neighbours.cosine} ${decimals(score, 3)} · ${coordinates(point)}${captured_at === null ? '' : ` · ${escaped(day(captured_at))}`}<br>${escaped(whose === '' ? text.report.nobody : whose)}</small></li>`;
    },
  );
  const captions = answer.captions.map(
    ({ text: words, probability }) => `<tr><td>${percent(probability)}</td><td>${escaped(words)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="${language.value}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(`${text.share.reportTitle} ${name}`)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(text.share.reportTitle)}</h1><p class="quiet">${escaped(name)}</p>
<p><strong>${escaped(`${text.verdict.word[verdict.word]}: ${headlineOf(answer) ?? text.verdict.noPlace}`)}</strong><br>${escaped(verdictSentence(verdict))}</p>
${doubts.map((line) => `<p>${escaped(line)}</p>`).join('')}
<div class="top">${image(photo, text.photo.yours)}<div>${map === null ? '' : `${image(map.png, text.map.title)}<br><small>${escaped(map.sources)}</small>`}</div></div>
<h2>${escaped(text.photo.yours)}</h2>${table(photoRows)}
<h2>${escaped(text.answer.candidates)}</h2>
<table><thead><tr><th></th><th>${escaped(text.browse.facts.place)}</th><th>${text.report.within100}</th><th>${text.report.circle50}</th><th>${text.report.circle90}</th></tr></thead><tbody>${rows.join('')}</tbody></table>
<p class="quiet">${escaped(text.about.meaningText.slice(0, 2).join(' '))}</p>
<h2>${escaped(text.verdict.agreement)}</h2>${table(rollUpRows(answer))}
<h2>${escaped(text.neighbours.title)}</h2><ul class="pictures">${scenes.join('')}</ul>
<h2>${escaped(text.captions.title)}</h2><table><tbody>${captions.join('')}</tbody></table>
<h2>${escaped(text.report.made)}</h2>${table(madeRows)}
<p class="quiet">${escaped(text.share.made(day(new Date().toISOString()), modelName))} ${escaped(text.model.notFor)} ${escaped(`${text.share.places} ${input.placeSources}`)}</p>
</body></html>
`;
}

/** Only web links: a manifest may hold any URL. */
const isWebAddress = (url: string | null): url is string => url !== null && /^https?:\/\//i.test(url);

export const escaped = (text: string): string =>
  plainText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

async function thumbnailOf(path: string): Promise<string | null> {
  try {
    const response = await fetchFile(path, { headers: { accept: 'image/jpeg' } });
    return await toDataUrl(await response.blob());
  } catch {
    return null;
  }
}

export function toDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** The photo as a small JPEG without its metadata; null where this browser can't show it. */
async function shrunk(preview: string): Promise<string | null> {
  try {
    const image = new Image();
    image.src = preview;
    await image.decode();
    const scale = Math.min(1, PHOTO_PIXELS / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
    canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', 0.85);
  } catch {
    return null;
  }
}
