import { useSignal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { Failures, Ingestion } from '../api/types.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';

const LISTED_MAX = 1000;

interface RunFailuresProps {
  readonly ingestion: Ingestion;
  /** Failures in this run's events so far. */
  readonly heard: Ingestion['failures'];
}

/** A run's failures with their reasons. For a run before the server's start the index is asked, when the list is opened. */
export function RunFailures({ ingestion, heard }: RunFailuresProps) {
  const text = t.value.ingest;
  const opened = useSignal(false);
  const { id, state, counts } = ingestion;
  const asked = opened.value && state !== 'running' && heard.length === 0;
  const kept = useLatest<Failures>(
    id,
    asked ? (signal) => callApi('GET /v1/failures', { query: { ingestion: id, limit: LISTED_MAX }, signal }) : null,
  ).value;
  const known = Math.max(heard.length, counts.failed ?? 0);
  if (known === 0) return null;
  const failures = heard.length > 0 ? heard : (kept.value?.failures ?? []);
  return (
    <details
      onToggle={(event) => {
        opened.value = event.currentTarget.open;
      }}
    >
      <summary>{`${text.failures} (${count(kept.value?.total ?? known)})`}</summary>
      <ProblemNote problem={kept.problem} />
      {kept.value?.total === 0 && <p>{text.noFailures}</p>}
      <ul>
        {failures.map(({ path, reason }) => (
          <li key={path}>
            <code>{plainText(path)}</code>: <span lang="en">{reason}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
