import type { GeoPoint } from '../../domain/geo-point.js';
import { distanceKm } from '../../geo/distance.js';
import type { ShownEvidence } from '../query-result.js';
import type { Case } from './choose-cases.js';
import { type Markup, markup, trusted } from './markup.js';
import { kilometres } from './numbers.js';

/** Neighbours that a case shows. */
export const NEIGHBOURS_SHOWN = 3;
const CAPTIONS = 3;

/** Small JPEGs; null where a photo is missing. */
export interface CasePictures {
  readonly photo: Uint8Array | null;
  /** In the order of the evidence. */
  readonly neighbours: readonly (Uint8Array | null)[];
}

/** A photo with its truth, its answers and the evidence. */
export function showCase({ result, answer }: Case, pictures: CasePictures): Markup {
  const { id, truth, sides, evidence } = result;
  const others = Object.entries(sides).filter(([, other]) => other !== answer && other !== null);
  const neighbours = evidence.neighbours.slice(0, NEIGHBOURS_SHOWN);
  const captions = evidence.captions.slice(0, CAPTIONS);
  return markup`<article>${picture(pictures.photo, id)}
<h3>${id}</h3>
<p><strong>${kilometres(answer.errorKm)} km off</strong>, spread ${answer.spread.toFixed(2)}, 90 % circle ${kilometres(answer.radius90Km)} km</p>
<dl><dt>truth</dt><dd>${position(truth)}${result.iso2 === null ? null : ` (${result.iso2})`}</dd>
<dt>answer</dt><dd>${position(answer.point)}, ${(100 * answer.probability).toFixed(0)} % within 100 km</dd>
${others.map(([name, other]) => (other === null ? null : markup`<dt>${name}</dt><dd>${kilometres(other.errorKm)} km off</dd>`))}</dl>
${neighbours.length === 0 ? markup`<p class="quiet">The index had no scenes to compare the photo with.</p>` : markup`<p class="quiet">Scenes that look alike, by similarity</p><ul class="alike">${neighbours.map((one, i) => showNeighbour(one, truth, pictures.neighbours[i] ?? null))}</ul>`}
${captions.length === 0 ? null : markup`<p class="quiet">Place names that fit</p><ul>${captions.map((one) => markup`<li>${(100 * one.probability).toFixed(0)} % ${one.text}</li>`)}</ul>`}
</article>`;
}

function showNeighbour(
  { id, score, point }: ShownEvidence['neighbours'][number],
  truth: GeoPoint,
  thumbnail: Uint8Array | null,
): Markup {
  // An index's ids are 32 digits, of which the first are enough to find one.
  const name = /^[0-9a-f]{32}$/.test(id) ? id.slice(0, 10) : id;
  return markup`<li>${thumbnail === null ? null : inlineJpeg(thumbnail, `Reference ${name}`)}<span>${score.toFixed(3)} ${name}, ${kilometres(distanceKm(point, truth))} km from the truth</span></li>`;
}

function picture(thumbnail: Uint8Array | null, id: string): Markup {
  if (thumbnail === null) return markup`<div class="picture missing">photo not at hand</div>`;
  return markup`<div class="picture">${inlineJpeg(thumbnail, `Photo ${id}`)}</div>`;
}

function inlineJpeg(bytes: Uint8Array, alt: string): Markup {
  return markup`<img alt="${alt}" src="data:image/jpeg;base64,${trusted(Buffer.from(bytes).toString('base64'))}">`;
}

function position({ lat, lon }: GeoPoint): string {
  return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
}
