import type { LocateAnswer } from '../api/types.js';
import { candidateKey, chosenCandidate, lookAt, pointed } from '../map/overlay.js';
import { coordinates, kilometres, percent } from '../text/format.js';
import { t } from '../text/language.js';
import { placeName } from '../text/place-name.js';
import { Elsewhere } from '../ui/elsewhere.js';
import { pointing } from '../ui/pointing.js';
import { ShareBar } from '../ui/share-bar.js';
import { boxAround } from './box-around.js';

/** The candidates with their numbers on the map. */
export function CandidateList({ answer }: { readonly answer: LocateAnswer }) {
  const text = t.value.answer;
  return (
    <section>
      <h3>{text.candidates}</h3>
      <ol class="candidates">
        {answer.candidates.map((candidate, i) => {
          const key = candidateKey(i);
          const { point, probability, radius_50_km, radius_90_km, radius_is, place } = candidate;
          const seeing = () => {
            chosenCandidate.value = i;
            lookAt({ box: boxAround(point, radius_90_km) });
          };
          return (
            <li key={key}>
              <button
                type="button"
                class={`candidate ${pointed.value === key ? 'pointed' : ''}`}
                aria-pressed={chosenCandidate.value === i}
                onClick={seeing}
                {...pointing(key)}
              >
                <span class="number">{i + 1}</span>
                <span class="candidate-place">{placeName(place)}</span>
                <strong class="candidate-share">{percent(probability)}</strong>
                <ShareBar share={probability} />
                <span class="quiet-text candidate-more">
                  {text.radii(kilometres(radius_50_km), kilometres(radius_90_km))}
                  {radius_is === 'conditional' && ` ${text.conditional}`}
                </span>
                <span class="quiet-text candidate-point">{coordinates(point)}</span>
              </button>
              {chosenCandidate.value === i && <Elsewhere key={key} point={point} />}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
