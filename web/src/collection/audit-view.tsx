import { useEffect } from 'preact/hooks';
import { distanceKm } from '../../../src/geo/distance.js';
import { callApi } from '../api/call.js';
import type { Audit } from '../api/types.js';
import { boxOfAll } from '../locate/box-around.js';
import { lookAt, pointed, shownAnswers, shownSpots } from '../map/overlay.js';
import { hrefOf } from '../state/address.js';
import { coordinates, count, decimals, kilometres, percent } from '../text/format.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { Picture } from '../ui/picture.js';
import { pointing } from '../ui/pointing.js';
import { usePages } from '../ui/use-pages.js';
import { FoundList } from './found-list.js';
import { ToRun } from './to-run.js';

const PAGE = 24;

type Finding = Audit['implausible'][number];

/** Photos that do not look as if they were taken where they say, the least probable first. */
export function AuditView() {
  const text = t.value.collection.audited;
  const list = usePages<Audit>('audit', (cursor, signal) =>
    callApi('GET /v1/audit', {
      query: { limit: PAGE, ...(cursor !== null && { cursor }) },
      ...(signal !== undefined && { signal }),
    }),
  );
  const [first] = list.pages;
  const findings = list.pages.flatMap((page) => page.implausible);
  useEffect(() => {
    shownSpots.value = findings.map(({ id, stated }) => ({ id, point: stated }));
    shownAnswers.value = findings.flatMap(({ suggested }, photo) =>
      suggested === null ? [] : [{ photo, point: suggested }],
    );
    return () => {
      shownAnswers.value = [];
    };
  }, [findings.length]);
  return (
    <FoundList title={text.title} what={text.what} list={list} ids={findings.map(({ id }) => id)}>
      {first !== undefined && <Report report={first.report} />}
      {first !== undefined && first.report !== null && findings.length === 0 && list.more === null && (
        <p>{text.nothing}</p>
      )}
      {findings.length > 0 && <p class="quiet-text">{text.marks}</p>}
      <ul class="findings">
        {findings.map((finding) => (
          <FindingRow key={finding.id} finding={finding} />
        ))}
      </ul>
    </FoundList>
  );
}

function Report({ report }: { readonly report: Audit['report'] }) {
  const text = t.value.collection.audited;
  if (report === null) {
    return <ToRun why={text.none} command="audit" />;
  }
  const { photos, expected_false_alarms: expected, country_only: countryOnly, author_left_in: author } = report;
  return (
    <div>
      <p>{text.report(count(photos), decimals(expected, expected < 10 ? 1 : 0))}</p>
      {countryOnly > 0 && <p class="quiet-text">{text.countryOnly(count(countryOnly))}</p>}
      {author !== null && <p class="quiet-text">{text.authorLeftIn(plainText(author))}</p>}
    </div>
  );
}

function FindingRow({ finding }: { readonly finding: Finding }) {
  const text = t.value.collection.audited;
  const { id, source, stated, suggested, mistake, ratio, thumbnail } = finding;
  const name = plainText(source?.split('/').at(-1) ?? id.slice(0, 8));
  return (
    <li class={pointed.value === id ? 'pointed' : ''} {...pointing(id)}>
      <a class="thumb" href={hrefOf('collection', { part: 'audit', id })}>
        <Picture path={thumbnail} alt={name} />
      </a>
      <div>
        <strong>{text.mistake[mistake]}</strong>
        <p class="quiet-text">
          {name} {text.says(coordinates(stated))}
          {suggested !== null &&
            ratio !== null &&
            `; ${text.rather(coordinates(suggested), kilometres(distanceKm(stated, suggested)), count(Math.round(ratio)))}`}
        </p>
        <p class="quiet-text">
          {text.falseAlarm(percent(finding.false_alarm_probability))}
          {finding.country_only && `; ${text.onlyCountry}`}
        </p>
        <button
          type="button"
          aria-label={`${text.show}: ${name}`}
          onClick={() => lookAt({ box: boxOfAll(suggested === null ? [stated] : [stated, suggested]) })}
        >
          {text.show}
        </button>
      </div>
    </li>
  );
}
