import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import { ApiProblem } from '../api/problem.js';
import type { IngestionList } from '../api/types.js';
import { loadIndexFacts } from '../state/index-facts.js';
import { t } from '../text/language.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';
import { FailureTable } from './failure-table.js';
import { RunView } from './run-view.js';

/** Ingestions of the server: start one in an allowed folder, follow it, stop it; and failures with their reasons. */
export function IngestView() {
  const text = t.value.ingest;
  const asked = useSignal(0);
  const typed = useSignal<string | null>(null);
  const problem = useSignal<unknown>(null);
  const list = useLatest<IngestionList>(String(asked.value), (signal) =>
    callApi('GET /v1/ingestions', { signal }),
  ).value;
  const roots = list.value?.roots ?? [];
  const again = () => {
    asked.value++;
    void loadIndexFacts();
  };
  // A run may have ended while another view was open, or have begun in another tab.
  useEffect(() => {
    void loadIndexFacts();
    const seen = () => {
      if (document.visibilityState === 'visible') again();
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, []);
  const source = typed.value ?? roots[0] ?? '';
  const start = async () => {
    problem.value = null;
    try {
      await callApi('POST /v1/ingestions', { json: { sources: [source.trim()] } });
      again();
    } catch (thrown) {
      problem.value = thrown;
    }
  };
  const off = list.problem instanceof ApiProblem && list.problem.status === 404;
  return (
    <>
      <h2>{text.title}</h2>
      <p>{text.what}</p>
      {off ? <p class="notice">{text.notHere}</p> : <ProblemNote problem={list.problem} />}
      {list.value !== null && roots.length === 0 && (
        <div class="notice">
          <p>{text.noRoots}</p>
          <pre>
            <code>streetdex ingest PHOTOS --index DIR</code>
          </pre>
        </div>
      )}
      {roots.length > 0 && (
        <form
          class="search"
          onSubmit={(event) => {
            event.preventDefault();
            void start();
          }}
        >
          <label class="field">
            <span>{text.source}</span>
            <input
              list="ingest-roots"
              required
              maxLength={4000}
              value={source}
              onInput={(event) => {
                typed.value = event.currentTarget.value;
              }}
            />
            <datalist id="ingest-roots">
              {roots.map((root) => (
                <option key={root} value={root} />
              ))}
            </datalist>
          </label>
          <button type="submit" class="primary">
            {text.start}
          </button>
        </form>
      )}
      <ProblemNote problem={problem.value} />
      <section>
        <h3>{text.runs}</h3>
        {list.value?.ingestions.length === 0 && <p>{text.none}</p>}
        <ul class="stack">
          {(list.value?.ingestions ?? []).map((ingestion) => (
            <RunView key={ingestion.id} ingestion={ingestion} onEnd={again} />
          ))}
        </ul>
      </section>
      <FailureTable asked={asked.value} mayIngest={roots.length > 0} onRun={again} />
    </>
  );
}
