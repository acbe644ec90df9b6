import { useSignal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { LabelSet, Labels } from '../api/types.js';
import { hrefOf, openAddress } from '../state/address.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';

const SAMPLE = 200;
const SAMPLE_MAX = 10_000;

interface WaysProps {
  readonly set: LabelSet;
  readonly labels: Labels | null;
}

/** The two ways to choose photos to label: drawn at random, or those that teach most. */
export function LabelWays({ set, labels }: WaysProps) {
  const text = t.value.collection.labelling;
  const n = useSignal(SAMPLE);
  const like = useSignal('');
  const drawing = useSignal(false);
  const problem = useSignal<unknown>(null);
  const open = (way: Readonly<Record<string, string>>) =>
    openAddress(hrefOf('collection', { set: set.name, part: 'label', ...way }));
  const draw = async () => {
    drawing.value = true;
    problem.value = null;
    try {
      const sample = await callApi('POST /v1/labels/{id}/samples', { path: { id: set.name }, json: { n: n.value } });
      open({ sample: String(sample.id) });
    } catch (thrown) {
      problem.value = thrown;
    } finally {
      drawing.value = false;
    }
  };
  return (
    <>
      <h3>{text.title}</h3>
      <p>{text.why}</p>
      <section class="stack">
        <h4>{text.random}</h4>
        <p class="quiet-text">{text.randomWhy}</p>
        <ul class="samples">
          {labels?.samples.map(({ id, drawn, labelled, photos }) => (
            <li key={id} class="row">
              <span>
                {text.sample(id)}: {text.sampleState(count(labelled), count(drawn), count(photos))}
              </span>
              {labelled < drawn && (
                <a class="button" href={hrefOf('collection', { set: set.name, part: 'label', sample: String(id) })}>
                  {text.goOn}
                </a>
              )}
            </li>
          ))}
        </ul>
        <form
          class="row draw"
          onSubmit={(event) => {
            event.preventDefault();
            void draw();
          }}
        >
          <label class="field">
            <span>{text.howMany}</span>
            <input
              type="number"
              min={1}
              max={SAMPLE_MAX}
              required
              value={n.value}
              onInput={(event) => {
                n.value = event.currentTarget.valueAsNumber;
              }}
            />
          </label>
          <button type="submit" disabled={drawing.value}>
            {text.draw}
          </button>
        </form>
        <ProblemNote problem={problem.value} />
      </section>
      <section class="stack">
        <h4>{text.next}</h4>
        <p class="quiet-text">{text.nextWhy}</p>
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            open({ by: 'next', ...(like.value !== '' && { like: like.value }) });
          }}
        >
          {set.tags !== null && !set.tags.stale && (
            <select
              aria-label={text.next}
              value={like.value}
              onChange={(event) => {
                like.value = event.currentTarget.value;
              }}
            >
              <option value="">{text.anyLabel}</option>
              {set.tags.labels.map((name) => (
                <option key={name} value={name}>
                  {text.like(name)}
                </option>
              ))}
            </select>
          )}
          <button type="submit">{text.start}</button>
        </form>
      </section>
    </>
  );
}
