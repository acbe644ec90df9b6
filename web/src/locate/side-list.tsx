import type { LocateAnswer, Side } from '../api/types.js';
import { decimals, kilometres, percent } from '../text/format.js';
import { t } from '../text/language.js';
import { placeName } from '../text/place-name.js';

/** The answers of retrieval and captions alone, and how much each contributes to the first candidate. */
export function SideList({ answer }: { readonly answer: LocateAnswer }) {
  const text = t.value.sides;
  const { retrieval_alone, captions_alone } = answer.blend;
  const because = answer.candidates[0]?.because;
  return (
    <section>
      <h3>{text.title}</h3>
      <table class="sides">
        <thead>
          <tr>
            <th scope="col">{text.side}</th>
            <th scope="col">{text.says}</th>
            <th scope="col" title={text.natsTitle}>
              {text.nats}
            </th>
          </tr>
        </thead>
        <tbody>
          <SideRow name={text.retrieval} side={retrieval_alone} nats={because?.retrieval_nats} />
          <SideRow name={text.captions} side={captions_alone} nats={because?.captions_nats} />
        </tbody>
      </table>
    </section>
  );
}

interface SideProps {
  readonly name: string;
  readonly side: Side | null;
  readonly nats: number | undefined;
}

function SideRow({ name, side, nats }: SideProps) {
  const text = t.value.sides;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {side === null ? (
          text.nothing
        ) : (
          <>
            {placeName(side.place)} ({percent(side.probability)})
            <span class="quiet-text"> {side.changes_answer ? text.away(kilometres(side.distance_km)) : text.same}</span>
          </>
        )}
      </td>
      <td class="figure">{nats === undefined ? '' : `${nats >= 0 ? '+' : '−'}${decimals(Math.abs(nats), 1)}`}</td>
    </tr>
  );
}
