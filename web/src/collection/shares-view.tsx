import { useSignal } from '@preact/signals';
import { callApi } from '../api/call.js';
import { ApiProblem } from '../api/problem.js';
import type { LabelSet, Shares } from '../api/types.js';
import { address, hrefOf, setParameters } from '../state/address.js';
import { count, percent } from '../text/format.js';
import { countryName, t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { ProblemNote } from '../ui/problem-note.js';
import { useLatest } from '../ui/use-latest.js';

const BYS = ['all', 'country', 'region', 'year'] as const;
type By = (typeof BYS)[number];
const GROUPS = 20;

/** Estimated shares of a set's labels, with their intervals. */
export function SharesView({ set }: { readonly set: LabelSet }) {
  const text = t.value.collection.shares;
  const by = BYS.find((name) => name === address.value.parameters.by) ?? 'all';
  const shares = useLatest<Shares>(by, (signal) =>
    callApi('POST /v1/shares/{id}', { path: { id: set.name }, json: { by: by === 'all' ? null : by }, signal }),
  ).value;
  const needed = shares.problem instanceof ApiProblem && shares.problem.code === 'shares_need_labels';
  return (
    <section class="stack" aria-busy={shares.loading}>
      <h3>{text.title}</h3>
      <p>{text.what}</p>
      {needed ? (
        <p class="notice">
          {text.need} <a href={hrefOf('collection', { set: set.name, part: 'label' })}>{text.drawOne}</a>
        </p>
      ) : (
        <div class="row">
          <label class="field">
            <span>{text.by}</span>
            <select value={by} onChange={(event) => setParameters({ by: event.currentTarget.value })}>
              {BYS.map((name) => (
                <option key={name} value={name}>
                  {text.bys[name]}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {shares.loading && (
        <p class="quiet-text">
          <progress aria-label={text.working} /> {text.working}
        </p>
      )}
      {!needed && <ProblemNote problem={shares.problem} />}
      {shares.value !== null && shares.question === by && <Groups key={by} shares={shares.value} by={by} />}
    </section>
  );
}

function Groups({ shares, by }: { readonly shares: Shares; readonly by: By }) {
  const text = t.value.collection.shares;
  const shown = useSignal(GROUPS);
  const groups =
    by === 'year' ? shares.groups : shares.groups.toSorted((a, b) => b.labelled - a.labelled || b.photos - a.photos);
  return (
    <>
      <p>{text[shares.method]}</p>
      <ul class="share-notices" lang="en">
        {shares.notices.map((notice) => (
          <li key={notice}>{plainText(notice)}</li>
        ))}
      </ul>
      {groups.slice(0, shown.value).map((group) => (
        <Group key={group.group} group={group} name={nameOf(group.group, by)} />
      ))}
      {groups.length > shown.value && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            shown.value += GROUPS;
          }}
        >
          {t.value.collection.more}
        </button>
      )}
    </>
  );
}

/** One group's labels; in one sentence where nothing is known of any. */
function Group({ group, name }: { readonly group: Shares['groups'][number]; readonly name: string }) {
  const text = t.value.collection.shares;
  const known = group.shares.some(({ share }) => share !== null);
  return (
    <section class="share-group">
      <h4>{name}</h4>
      <p class="quiet-text">
        {text.group(count(group.photos), count(group.labelled))}
        {!known && `: ${text.unknown}`}
      </p>
      <ul>
        {known &&
          group.shares.map(({ label, share, low, high, walks }) => (
            <li key={label}>
              <span lang="en">{label}</span>
              <ShareInterval share={share} low={low} high={high} />
              <span class="share-figures">
                {share === null || low === null || high === null
                  ? text.unknown
                  : text.share(percent(share), percent(low), percent(high))}
                {walks !== null && (
                  <span class="quiet-text"> {text.walks(percent(walks.low), percent(walks.high))}</span>
                )}
              </span>
            </li>
          ))}
      </ul>
    </section>
  );
}

type Maybe = number | null;

/** A share as a bar, its interval as a line over the end of it; the figures are beside it. */
function ShareInterval({ share, low, high }: { readonly share: Maybe; readonly low: Maybe; readonly high: Maybe }) {
  const style = { '--share': String(share ?? 0), '--low': String(low ?? 0), '--high': String(high ?? 0) };
  return <span class={share === null ? 'interval unknown' : 'interval'} style={style} aria-hidden="true" />;
}

function nameOf(group: string, by: By): string {
  const text = t.value.collection.shares;
  if (by === 'all') return text.allPhotos;
  if (by === 'country') return group === 'no country' ? text.noCountry : countryName(group);
  return group === 'no year' ? text.noYear : plainText(group);
}
