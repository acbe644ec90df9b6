import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import { followIngestion } from '../api/follow-ingestion.js';
import type { Ingestion } from '../api/types.js';
import { count, duration } from '../text/format.js';
import { language, t } from '../text/language.js';
import { announce } from '../ui/announcer.js';
import { ProblemNote } from '../ui/problem-note.js';
import { RunFailures } from './run-failures.js';

interface RunProps {
  readonly ingestion: Ingestion;
  readonly onEnd: () => void;
}

/** One run; while it runs, it is followed by the server's events. */
export function RunView({ ingestion, onEnd }: RunProps) {
  const text = t.value.ingest;
  const live = useSignal(ingestion);
  const failures = useSignal(ingestion.failures);
  const problem = useSignal<unknown>(null);
  useEffect(() => {
    live.value = ingestion;
    failures.value = ingestion.failures;
    if (ingestion.state !== 'running') return;
    const stop = new AbortController();
    let said = 0;
    void followIngestion(ingestion.id, stop.signal, ({ event: type, data }) => {
      if (type === 'failure') failures.value = [...failures.value, data as Ingestion['failures'][number]];
      if (type !== 'status') return;
      live.value = data as Ingestion;
      if (live.value.state === 'running') {
        const { done, total } = live.value;
        const quarter = total === null ? 0 : Math.floor((4 * done) / Math.max(1, total));
        if (quarter > said) announce(t.peek().ingest.progress(count(done), count(total ?? done)));
        said = Math.max(said, quarter);
        return;
      }
      stop.abort();
      onEnd();
    }).then(() => {
      // The events had no end: the run ended with its server.
      if (!stop.signal.aborted) onEnd();
    });
    return () => stop.abort();
  }, [ingestion]);
  const { state, sources, started_at, done, total, counts, seconds_left } = live.value;
  const cancel = () => {
    callApi('DELETE /v1/ingestions/{id}', { path: { id: ingestion.id } }).catch((thrown: unknown) => {
      problem.value = thrown;
    });
  };
  return (
    <li class="notice run">
      <p>
        <strong>{sources.join(', ')}</strong>{' '}
        <span class="quiet-text">
          {new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
            new Date(started_at),
          )}
        </span>
      </p>
      <p class="run-state">
        {/* Only this is read out when it changes: the figures do ten times a second. */}
        <span role="status">{text.state[state]}</span>
        {total !== null && ` · ${text.progress(count(done), count(total))}`}
        {seconds_left !== null && state === 'running' && ` · ${text.left(duration(seconds_left))}`}
      </p>
      {state === 'running' && (
        <>
          <progress
            aria-label={text.state.running}
            {...(total === null ? {} : { value: done, max: Math.max(1, total) })}
          />
          <button type="button" onClick={cancel}>
            {text.cancel}
          </button>
        </>
      )}
      <p class="quiet-text">{countsText(counts)}</p>
      {live.value.problem !== null && <p>{live.value.problem.detail}</p>}
      <RunFailures ingestion={live.value} heard={failures.value} />
      <ProblemNote problem={problem.value} />
    </li>
  );
}

/** `added 12, failed 1`; words that the catalogue does not know stay as the server has them. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const names: Readonly<Record<string, string>> = t.value.ingest.counts;
  return Object.entries(counts)
    .filter(([, number]) => number > 0)
    .map(([name, number]) => `${names[name] ?? name.replaceAll('_', ' ')} ${count(number)}`)
    .join(', ');
}
