import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { callApi } from '../api/call.js';
import type { Facets } from '../api/types.js';
import { setParameters } from '../state/address.js';
import { indexFacts } from '../state/index-facts.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { CountrySelect } from '../ui/country-select.js';
import { useLatest } from '../ui/use-latest.js';
import { browseFilter } from './browse-state.js';

/** Filters for the references; every choice is in the address. */
export function FilterForm() {
  const text = t.value.browse;
  const filter = browseFilter.value;
  const facets = useLatest<Facets>(
    String(indexFacts.value?.references),
    indexFacts.value === null ? null : (signal) => callApi('GET /v1/facets', { signal }),
  ).value;
  const years = (facets.value?.years ?? []).flatMap(({ year }) => (year === null ? [] : [year])).sort((a, b) => a - b);
  const used = Object.values(filter).some((value) => value !== '' && value !== false);
  const opened = useSignal(used);
  useEffect(() => {
    if (used) opened.value = true;
  }, [used]);
  return (
    <details
      open={opened.value}
      onToggle={(event) => {
        opened.value = event.currentTarget.open;
      }}
    >
      <summary>{text.filters}</summary>
      <div class="row">
        <label class="field">
          <span>{text.source}</span>
          <select
            value={filter.source}
            onChange={(event) => setParameters({ source: event.currentTarget.value || null })}
          >
            <option value="">{text.anySource}</option>
            {(facets.value?.sources ?? []).map(({ id, name, references }) => (
              <option key={id} value={String(id)}>
                {`${name} (${count(references)})`}
              </option>
            ))}
          </select>
        </label>
        <YearSelect label={text.from} years={years} name="from" value={filter.from} />
        <YearSelect label={text.to} years={years} name="to" value={filter.to} />
        <CountrySelect
          label={text.country}
          none={text.anyCountry}
          value={filter.country}
          onChoose={(iso2) => setParameters({ country: iso2 || null })}
        />
        <label class="row">
          <input
            type="checkbox"
            checked={filter.sequence}
            onChange={(event) => setParameters({ sequence: event.currentTarget.checked ? '1' : null })}
          />
          {text.sequence}
        </label>
      </div>
    </details>
  );
}

interface YearProps {
  readonly label: string;
  readonly years: readonly number[];
  readonly name: 'from' | 'to';
  readonly value: string;
}

function YearSelect({ label, years, name, value }: YearProps) {
  // A year in a link filters even where no photo has it.
  const listed = value === '' || years.includes(Number(value)) ? years : [...years, value];
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => setParameters({ [name]: event.currentTarget.value || null })}>
        <option value="">–</option>
        {listed.map((year) => (
          <option key={year} value={String(year)}>
            {year}
          </option>
        ))}
      </select>
    </label>
  );
}
