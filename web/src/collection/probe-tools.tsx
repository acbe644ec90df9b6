import { useSignal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { LabelSet, Labels } from '../api/types.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { ProbeResult } from './probe-result.js';

interface ProbeProps {
  readonly set: LabelSet;
  readonly labels: Labels;
  readonly onChange: () => void;
}

/** How many labels people gave, and what is learnt from them. */
export function ProbeTools({ set, labels, onChange }: ProbeProps) {
  const text = t.value.collection.probe;
  const training = useSignal(false);
  const problem = useSignal<unknown>(null);
  const { probe, counts } = labels;
  const verdict = (probe: NonNullable<Labels['probe']>) =>
    probe.better ? text.better : probe.forced ? text.forced : text.notBetter;
  const train = async (force: boolean) => {
    training.value = true;
    problem.value = null;
    try {
      announce(verdict(await callApi('POST /v1/probes/{id}', { path: { id: set.name }, json: { force } })));
    } catch (thrown) {
      problem.value = thrown;
    } finally {
      training.value = false;
    }
    onChange();
  };
  return (
    <section class="stack">
      <h3>{text.title}</h3>
      <p>{text.what}</p>
      <p>
        {text.counts}:{' '}
        <span lang="en">
          {counts
            .filter(({ photos }) => photos > 0)
            .map(({ label, photos }) => `${label} ${count(photos)}`)
            .join(', ')}
        </span>
      </p>
      <div class="row">
        <button
          type="button"
          class={probe === null ? 'primary' : ''}
          disabled={training.value}
          onClick={() => void train(false)}
        >
          {probe === null ? text.train : text.trainAgain}
        </button>
        {training.value && <progress aria-label={text.training} />}
      </div>
      <ProblemNote problem={problem.value} />
      {probe !== null && (
        <>
          <p class={probe.better ? 'notice' : 'notice warn'}>
            {verdict(probe)}
            {!probe.better && !probe.forced && (
              <button type="button" disabled={training.value} onClick={() => void train(true)}>
                {text.force}
              </button>
            )}
          </p>
          <ProbeResult probe={probe} />
        </>
      )}
    </section>
  );
}
