import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { callApi } from '../api/call.js';
import { isAbort } from '../api/problem.js';
import { ModelNote } from '../locate/model-note.js';
import { Preview } from '../locate/preview.js';
import { address, setParameters } from '../state/address.js';
import { percent } from '../text/format.js';
import { t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { labelAnswer, labelFile, labelPhoto, labelPhotoOfQueue, queryOf } from './label-photo.js';
import { LabelResult } from './label-result.js';

const TEMPLATE = 'A Street View photo in {label}.';
const RESULTS_OF_SETS = 30;

type Choice = Readonly<Record<'labels' | 'set' | 'template', string | null>>;
/** The last choice, which a link to the view alone restores. */
let chosen: Choice = { labels: null, set: null, template: null };

function choose(changes: Partial<Choice>): void {
  chosen = { ...chosen, ...changes };
  setParameters(changes);
}

/** Takes the choice from the address. */
function followAddress(): void {
  const { view, parameters } = address.value;
  if (view !== 'label') return;
  const { labels = null, set = null, template = null } = parameters;
  if (labels !== null || set !== null || template !== null) chosen = { labels, set, template };
  else if (Object.values(chosen).some((value) => value !== null)) setParameters(chosen);
}

/** Labels for a photo: a softmax over the reader's labels, or over a set. The photo is embedded once. */
export function LabelView() {
  const text = t.value.label;
  const { labels = '', set = '', template = '' } = address.value.parameters;
  const photo = labelPhoto.value;
  const problem = useSignal<unknown>(null);
  const missing = useSignal<string | null>(null);
  const busy = useSignal(false);
  const running = useRef<AbortController | null>(null);
  useSignalEffect(followAddress);
  useEffect(labelPhotoOfQueue, []);
  // Requests under way are about the former photo.
  useEffect(() => {
    problem.value = null;
    missing.value = null;
    return () => running.current?.abort();
  }, [photo?.key]);
  const run = async () => {
    const words = splitLabels(labels);
    missing.value = photo === null ? text.needPhoto : set === '' ? missingOf(words, template) : null;
    if (missing.value !== null || photo === null) return;
    running.current?.abort();
    const stop = new AbortController();
    running.current = stop;
    busy.value = true;
    problem.value = null;
    try {
      const query = await queryOf(photo, stop.signal);
      const options = {
        ...(set === '' ? { labels: words } : { label_set: set as 'countries' | 'places' }),
        ...(template !== '' && { template }),
      };
      const found = await callApi('POST /v1/classify', { json: { ...query, ...options }, signal: stop.signal });
      if (stop.signal.aborted || labelPhoto.peek()?.key !== photo.key) return;
      labelAnswer.value = set === '' ? found : { ...found, labels: found.labels.slice(0, RESULTS_OF_SETS) };
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
          {photo !== null && (
            <>
              <Preview key={photo.key} photo={photo} class="queue-preview" />
              <span class="label-photo">{photo.name}</span>
            </>
          )}
          <label class="field">
            <span>{text.photo}</span>
            <input type="file" accept="image/*" onChange={(event) => labelFile(event.currentTarget.files?.[0])} />
          </label>
        </div>
        <label class="field">
          <span>{text.set}</span>
          <select value={set} onChange={(event) => choose({ set: event.currentTarget.value || null })}>
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
                onInput={(event) => choose({ labels: event.currentTarget.value || null })}
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
                onInput={(event) => choose({ template: event.currentTarget.value || null })}
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
      {labelAnswer.value !== null && <LabelResult answer={labelAnswer.value} />}
      <ModelNote />
    </>
  );
}

/** Why the reader's labels can't be used, in a sentence; null where they can. */
function missingOf(words: readonly string[], template: string): string | null {
  const text = t.value.label;
  if (words.length < 2) return text.needLabels;
  return template === '' || template.includes('{label}') ? null : `${text.template}: ${text.templateHelp}`;
}

const splitLabels = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,;]/)
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  ),
];
