import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { callApi } from '../api/call.js';
import { isAbort } from '../api/problem.js';
import type { ClassifyAnswer } from '../api/types.js';
import { unnamed } from '../api/unnamed.js';
import { ModelNote } from '../locate/model-note.js';
import { chosenKey, find } from '../locate/photo-queue.js';
import { address, setParameters } from '../state/address.js';
import { percent } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { LabelResult } from './label-result.js';

const TEMPLATE = 'A Street View photo in {label}.';
const RESULTS_OF_SETS = 30;

interface LabelPhoto {
  readonly name: string;
  readonly preview: string | null;
  readonly file: File | null;
  readonly query: { readonly embedding: readonly number[] } | { readonly reference_id: string } | null;
}

/** Labels for a photo: a softmax over what the reader types, or over a set. The photo is embedded once. */
export function LabelView() {
  const text = t.value.label;
  const { labels = '', set = '', template = '' } = address.value.parameters;
  const photo = useSignal<LabelPhoto | null>(photoOfQueue());
  const answer = useSignal<ClassifyAnswer | null>(null);
  const problem = useSignal<unknown>(null);
  const missing = useSignal<string | null>(null);
  const busy = useSignal(false);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    photo.value = { name: plainText(file.name), preview: URL.createObjectURL(file), file, query: null };
    answer.value = null;
  };
  const run = async () => {
    const words = splitLabels(labels);
    missing.value = photo.value === null ? text.needPhoto : set === '' && words.length < 2 ? text.needLabels : null;
    if (missing.value !== null || photo.value === null) return;
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    busy.value = true;
    problem.value = null;
    try {
      const query = photo.value.query ?? (await embed(photo.value, stop.signal));
      photo.value = { ...photo.value, query };
      const options = {
        ...(set === '' ? { labels: words } : { label_set: set as 'countries' | 'places' }),
        ...(template !== '' && { template }),
      };
      const found = await callApi('POST /v1/classify', { json: { ...query, ...options }, signal: stop.signal });
      answer.value = set === '' ? found : { ...found, labels: found.labels.slice(0, RESULTS_OF_SETS) };
      const best = found.labels[0];
      if (best !== undefined) announce(`${best.label}: ${percent(best.probability)}`);
    } catch (thrown) {
      if (!isAbort(thrown)) problem.value = thrown;
    } finally {
      if (running.current === stop) busy.value = false;
    }
  };
  return (
    <>
      <h2>{text.title}</h2>
      <p>{text.what}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="row">
          {photo.value?.preview != null && (
            <img class="queue-preview" src={photo.value.preview} alt={photo.value.name} />
          )}
          <label class="field">
            <span>{text.photo}</span>
            <input type="file" accept="image/*" onChange={(event) => take(event.currentTarget.files?.[0])} />
          </label>
        </div>
        <label class="field">
          <span>{text.set}</span>
          <select value={set} onChange={(event) => setParameters({ set: event.currentTarget.value || null })}>
            <option value="">{text.ownLabels}</option>
            <option value="countries">{text.countries}</option>
            <option value="places">{text.places}</option>
          </select>
        </label>
        {set === '' && (
          <>
            <label class="field">
              <span>{text.labels}</span>
              <textarea
                rows={4}
                placeholder={text.example}
                value={labels}
                onInput={(event) => setParameters({ labels: event.currentTarget.value || null })}
              />
            </label>
            <label class="field">
              <span>
                {text.template} {text.templateHelp}
              </span>
              <input
                value={template}
                placeholder={TEMPLATE}
                maxLength={500}
                onInput={(event) => setParameters({ template: event.currentTarget.value || null })}
              />
            </label>
          </>
        )}
        <div class="row">
          <button type="submit" class="primary" disabled={busy.value}>
            {text.run}
          </button>
          {busy.value && (
            <>
              <progress aria-label={t.value.locate.state.working} />
              <button
                type="button"
                onClick={() => {
                  running.current?.abort();
                  busy.value = false;
                }}
              >
                {t.value.locate.cancel}
              </button>
            </>
          )}
        </div>
      </form>
      {missing.value !== null && (
        <p class="notice warn" role="alert">
          {missing.value}
        </p>
      )}
      <ProblemNote problem={problem.value} />
      {answer.value !== null && <LabelResult answer={answer.value} />}
      <ModelNote />
    </>
  );
}

/** What is looked at under Locate can be labelled at once. */
function photoOfQueue(): LabelPhoto | null {
  const photo = find(chosenKey.peek());
  if (photo === null) return null;
  const { name, file, embedding, referenceId } = photo;
  const preview = photo.preview?.startsWith('blob:') ? photo.preview : null;
  const query = referenceId !== null ? { reference_id: referenceId } : embedding !== null ? { embedding } : null;
  return query === null && file === null ? null : { name, preview, file, query };
}

async function embed({ file }: LabelPhoto, signal: AbortSignal): Promise<{ readonly embedding: readonly number[] }> {
  const { embedding } = await callApi('POST /v1/embed', { form: { image: unnamed(file as File) }, signal });
  return { embedding };
}

const splitLabels = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,;]/)
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  ),
];
