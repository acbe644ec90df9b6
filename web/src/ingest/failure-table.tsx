import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { callApi, fetchFile } from '../api/call.js';
import type { Failures } from '../api/types.js';
import { count, day } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Picture } from '../ui/picture.js';
import { ProblemNote } from '../ui/problem-note.js';
import { saveFile } from '../ui/save-file.js';
import { useLatest } from '../ui/use-latest.js';
import { tryAgain } from './try-again.js';

const LISTED_MAX = 200;
const TYPING_MS = 200;

interface FailureProps {
  readonly asked: number;
  /** False where the operator has allowed no folder: nothing can then be tried again here. */
  readonly mayIngest: boolean;
  readonly onRun: () => void;
}

/** The index's failures of all runs: filtered, saved as a table, tried again. */
export function FailureTable({ asked, mayIngest, onRun }: FailureProps) {
  const text = t.value.ingest;
  const code = useSignal('');
  const typed = useSignal('');
  const trying = useSignal(false);
  const problem = useSignal<unknown>(null);
  const q = typed.value.trim();
  const which = { ...(code.value !== '' && { code: code.value }), ...(q !== '' && { q }) };
  const question = JSON.stringify([asked, which]);
  const found = useLatest<Failures>(
    question,
    (signal) => callApi('GET /v1/failures', { query: { ...which, limit: LISTED_MAX }, signal }),
    TYPING_MS,
  ).value;
  const leaving = useMemo(() => new AbortController(), []);
  useEffect(() => () => leaving.abort(), []);
  if (found.value === null) return null;
  const { failures, total, codes } = found.value;
  const attempt = async (work: () => Promise<void>) => {
    problem.value = null;
    try {
      await work();
    } catch (thrown) {
      problem.value = thrown;
    }
  };
  const again = async () => {
    trying.value = true;
    const ids = [...new Set(failures.flatMap(({ ingestion }) => ingestion ?? []))];
    await attempt(() => tryAgain(ids, which, leaving.signal, onRun));
    trying.value = false;
    onRun();
  };
  const save = () =>
    attempt(async () => {
      const search = new URLSearchParams(which).toString();
      const response = await fetchFile(`/v1/failures?${search}`, { headers: { accept: 'text/csv' } });
      saveFile(await response.blob(), 'failures.csv');
    });
  return (
    <section>
      <h3>{`${text.failures} (${count(total)})`}</h3>
      {codes.length === 0 ? (
        <p>{text.noFailures}</p>
      ) : (
        <>
          <div class="row">
            <label class="field">
              <span>{text.code}</span>
              <select
                value={code.value}
                onChange={(event) => {
                  code.value = event.currentTarget.value;
                }}
              >
                <option value="">{text.anyCode}</option>
                {codes.map((one) => (
                  <option key={one.code} value={one.code}>
                    {`${one.code} (${count(one.count)})`}
                  </option>
                ))}
              </select>
            </label>
            <label class="field">
              <span>{text.search}</span>
              <input
                type="search"
                maxLength={200}
                value={typed.value}
                onInput={(event) => {
                  typed.value = event.currentTarget.value;
                }}
              />
            </label>
            <button type="button" onClick={() => void save()}>
              {text.csv}
            </button>
            {mayIngest && (
              <button type="button" disabled={trying.value || failures.length === 0} onClick={() => void again()}>
                {text.tryAgain}
              </button>
            )}
          </div>
          <ProblemNote problem={problem.value} />
          {total > failures.length && <p class="quiet-text">{text.firstOf(count(failures.length), count(total))}</p>}
          <FailureRows failures={failures} />
        </>
      )}
    </section>
  );
}

function FailureRows({ failures }: Pick<Failures, 'failures'>) {
  const text = t.value.ingest;
  return (
    <table class="failures">
      <thead>
        <tr>
          <th scope="col">{text.photo}</th>
          <th scope="col">{text.file}</th>
          <th scope="col">{text.reason}</th>
          <th scope="col">{text.at}</th>
        </tr>
      </thead>
      <tbody>
        {failures.map(({ id, root, path, reason, at, thumbnail }) => (
          <tr key={id}>
            <td>{thumbnail && <Picture path={`/v1/failures/${id}/thumbnail`} alt="" />}</td>
            <td>
              <code>{plainText(`${root}/${path}`)}</code>
            </td>
            <td lang="en">{plainText(reason)}</td>
            <td>{day(at)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
