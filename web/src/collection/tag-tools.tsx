import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { LabelSet, LabelSets } from '../api/types.js';
import { hrefOf } from '../state/address.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { tagsSentence } from './tags-sentence.js';

interface ToolsProps {
  readonly set: LabelSet;
  readonly all: LabelSets;
  /** When the set's probe was trained, where that is known. */
  readonly trained?: string | undefined;
  readonly onChange: () => void;
}

/** How the photos are tagged with a set, and the button that tags them. */
export function TagTools({ set, all, trained = '', onChange }: ToolsProps) {
  const text = t.value.collection.tags;
  const problem = useSignal<unknown>(null);
  const { run, references } = all;
  const running = run !== null && !run.ended;
  const followed = useRef(false);
  useEffect(() => {
    if (!running && followed.current && run?.error === null) announce(text.done);
    followed.current = running;
  }, [running]);
  const tag = async () => {
    problem.value = null;
    try {
      await callApi('POST /v1/tags', { json: { set: set.name } });
    } catch (thrown) {
      problem.value = thrown;
    }
    onChange();
  };
  const able = set.zero_shot || set.probe;
  const whole = set.tags !== null && !set.tags.stale && set.tags.tagged === references;
  const better = set.probe && (set.tags?.made_by !== 'probe' || trained > set.tags.tagged_at);
  const weak = set.tags?.made_by !== 'probe' && able && !set.probe;
  return (
    <div class="stack">
      <p>{tagsSentence(set, references)}</p>
      {!able && (
        <p class="notice">
          <span lang="en">{plainText(set.known)}</span>{' '}
          <a href={hrefOf('collection', { set: set.name, part: 'label' })}>{t.value.collection.parts.label}</a>
        </p>
      )}
      {weak && (
        <p class="quiet-text">
          {text.weak} <span lang="en">{plainText(set.known)}</span>
        </p>
      )}
      {able && references > 0 && (
        <div class="row">
          <button type="button" class={whole && !better ? '' : 'primary'} disabled={running} onClick={() => void tag()}>
            {set.probe ? text.byProbe : whole ? text.again : text.bySentences}
          </button>
        </div>
      )}
      {running && (
        <div class="progress">
          <progress aria-label={text.running(run.set)} {...(run.total > 0 && { value: run.done, max: run.total })} />
          <p class="quiet-text">
            {text.running(run.set)} · {text.progress(count(run.done), count(run.total))}
          </p>
        </div>
      )}
      {run !== null && run.set === set.name && run.error !== null && (
        <p class="notice warn" role="alert">
          {text.failed(plainText(run.error))}
        </p>
      )}
      <ProblemNote problem={problem.value} />
    </div>
  );
}
