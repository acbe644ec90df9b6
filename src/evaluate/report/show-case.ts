import type { GeoPoint } from '../../domain/geo-point.js';
import { distanceKm } from '../../geo/distance.js';
import type { Case } from './choose-cases.js';
import { type Markup, markup, trusted } from './markup.js';
import { kilometres } from './numbers.js';

const NEIGHBOURS = 3;
const CAPTIONS = 3;

/** A photo with its truth, its answers and what they rest on. @param thumbnail JPEG, null where it is not at hand */
export function showCase({ result, answer }: Case, thumbnail: Uint8Array | null): Markup {
  const { id, truth, sides, evidence } = result;
  const others = Object.entries(sides).filter(([, other]) => other !== answer && other !== null);
  const neighbours = evidence.neighbours.slice(0, NEIGHBOURS);
  const captions = evidence.captions.slice(0, CAPTIONS);
  return markup`<article>${picture(thumbnail, id)}
<h4>${id}</h4>
<p><strong>${kilometres(answer.errorKm)} km off</strong>, spread ${answer.spread.toFixed(2)}, 90 % circle ${kilometres(answer.radius90Km)} km</p>
<dl><dt>truth</dt><dd>${position(truth)}${result.iso2 === null ? null : ` (${result.iso2})`}</dd>
<dt>answer</dt><dd>${position(answer.point)}, ${(100 * answer.probability).toFixed(0)} % within 100 km</dd>
${others.map(([name, other]) => (other === null ? null : markup`<dt>${name}</dt><dd>${kilometres(other.errorKm)} km off</dd>`))}</dl>
${neighbours.length === 0 ? markup`<p class="quiet">No reference spoke for it.</p>` : markup`<p class="quiet">Alike, by cosine</p><ul>${neighbours.map((one) => markup`<li>${one.score.toFixed(3)} ${one.id}, ${kilometres(distanceKm(one.point, truth))} km from the truth</li>`)}</ul>`}
${captions.length === 0 ? null : markup`<p class="quiet">Captions that fit</p><ul>${captions.map((one) => markup`<li>${(100 * one.probability).toFixed(0)} % ${one.text}</li>`)}</ul>`}
</article>`;
}

function picture(thumbnail: Uint8Array | null, id: string): Markup {
  if (thumbnail === null) return markup`<div class="picture missing">photo not at hand</div>`;
  const data = trusted(Buffer.from(thumbnail).toString('base64'));
  return markup`<img class="picture" alt="Photo ${id}" src="data:image/jpeg;base64,${data}">`;
}

function position({ lat, lon }: GeoPoint): string {
  return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
}
