import { callApi } from '../api/call.js';
import type { Failures } from '../api/types.js';
import { count, day } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { useLatest } from '../ui/use-latest.js';

/** What is in no run's way any more but still not in the index. */
export function FailureTable({ asked }: { readonly asked: number }) {
  const text = t.value.ingest;
  const found = useLatest<Failures>(String(asked), (signal) =>
    callApi('GET /v1/failures', { query: { limit: 200 }, signal }),
  ).value;
  if (found.value === null) return null;
  return (
    <section>
      <h3>{`${text.failures} (${count(found.value.total)})`}</h3>
      {found.value.total === 0 ? (
        <p>{text.noFailures}</p>
      ) : (
        <table class="failures">
          <thead>
            <tr>
              <th scope="col">{text.file}</th>
              <th scope="col">{text.reason}</th>
              <th scope="col">{text.at}</th>
            </tr>
          </thead>
          <tbody>
            {found.value.failures.map(({ path, reason, at }) => (
              <tr key={path}>
                <td>
                  <code>{plainText(path)}</code>
                </td>
                <td lang="en">{reason}</td>
                <td>{day(at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
