import { useSignal } from '@preact/signals';
import { distanceKm } from '../../../src/geo/distance.js';
import type { LocateAnswer, Neighbour } from '../api/types.js';
import { openComparison } from '../compare/comparison.js';
import { chosenCandidate, pointed } from '../map/overlay.js';
import { hrefOf } from '../state/address.js';
import { count, decimals, kilometres } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Elsewhere } from '../ui/elsewhere.js';
import { Picture } from '../ui/picture.js';
import { pointing } from '../ui/pointing.js';
import type { QueuedPhoto } from './photo-queue.js';

const FIRST = 9;

/** Similar scenes; those that support the chosen candidate are marked. */
export function NeighbourList({ photo, answer }: { readonly photo: QueuedPhoto; readonly answer: LocateAnswer }) {
  const text = t.value.neighbours;
  const all = useSignal(false);
  const candidate = answer.candidates[chosenCandidate.value];
  const witnesses = new Set(candidate?.because.neighbours ?? []);
  const shown = all.value ? answer.neighbours : answer.neighbours.slice(0, FIRST);
  return (
    <section>
      <h3>{text.title}</h3>
      {witnesses.size > 0 && (
        <p class="quiet-text">
          <Mark of={chosenCandidate.value + 1} /> {text.speakers(chosenCandidate.value + 1)}
        </p>
      )}
      {answer.neighbours.length === 0 && <p>{text.none}</p>}
      <ul class="neighbours">
        {shown.map((neighbour) => (
          <li
            key={neighbour.id}
            class={`${pointed.value === neighbour.id ? 'pointed' : ''} ${witnesses.has(neighbour.id) ? 'witness' : ''}`}
            {...pointing(neighbour.id)}
          >
            <button type="button" class="thumb" onClick={() => openComparison(photo, answer, neighbour.id)}>
              <Picture path={neighbour.thumbnail} alt={text.compare(score(neighbour))} />
            </button>
            {witnesses.has(neighbour.id) && (
              <span class="speaks" title={text.speaks(chosenCandidate.value + 1)}>
                <Mark of={chosenCandidate.value + 1} />
                <span class="unseen">{text.speaks(chosenCandidate.value + 1)}</span>
              </span>
            )}
            <NeighbourFacts
              neighbour={neighbour}
              km={candidate ? distanceKm(candidate.point, neighbour.point) : null}
            />
            <Elsewhere point={neighbour.point} small />
          </li>
        ))}
      </ul>
      {answer.neighbours.length > FIRST && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? text.fewer : text.all(count(answer.neighbours.length))}
        </button>
      )}
    </section>
  );
}

const Mark = ({ of: number }: { readonly of: number }) => (
  <span class="number" aria-hidden="true">
    {number}
  </span>
);

const score = (neighbour: Neighbour): string => decimals(neighbour.score, 3);

function NeighbourFacts({ neighbour, km }: { readonly neighbour: Neighbour; readonly km: number | null }) {
  const text = t.value.neighbours;
  return (
    <span class="neighbour-facts">
      <span>
        <span title={text.cosine}>
          {score(neighbour)}
          <span class="unseen"> {text.cosine}</span>
        </span>
        {neighbour.group_size > 1 && (
          <span class="quiet-text" title={text.group(neighbour.group_size)}>
            {' '}
            ×{neighbour.group_size}
          </span>
        )}
      </span>
      {km !== null && (
        <span class="quiet-text" title={text.distance(chosenCandidate.value + 1)}>
          <span class="unseen">{text.distance(chosenCandidate.value + 1)}: </span>
          {kilometres(km)}
        </span>
      )}
      <a class="source" href={hrefOf('browse', { id: neighbour.id })} title={plainText(neighbour.source ?? '')}>
        {sourceName(neighbour)}
      </a>
    </span>
  );
}

/** The file's name: the folders before it are in the link's title. */
const sourceName = ({ source, id }: Neighbour): string => plainText(source?.split('/').at(-1) ?? id.slice(0, 8));
