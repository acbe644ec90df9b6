import { countries } from '../text/countries.js';

interface CountrySelectProps {
  readonly label: string;
  /** Text while nothing is chosen. */
  readonly none: string;
  readonly value: string;
  readonly onChoose: (iso2: string) => void;
}

export function CountrySelect({ label, none, value, onChoose }: CountrySelectProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{none}</option>
        {countries.value.map(({ iso2, name }) => (
          <option key={iso2} value={iso2}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
