import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { KINDS, kind, listed, ORDERS, order, words } from './order-photos.js';
import { queue } from './photo-queue.js';

/** Order and filters of the list of photos. */
export function QueueFilter() {
  const text = t.value.queue;
  const [shown, all] = [listed.value.length, queue.value.length];
  return (
    <div class="row queue-filter">
      <label class="field">
        <span>{text.find}</span>
        <input
          type="search"
          value={words.value}
          onInput={(event) => {
            words.value = event.currentTarget.value;
          }}
        />
      </label>
      <Choice label={text.kind} names={text.kinds} options={KINDS} chosen={kind} />
      <Choice label={text.order} names={text.orders} options={ORDERS} chosen={order} />
      <p class="quiet-text" role="status">
        {shown < all && text.listed(count(shown), count(all))}
      </p>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly T[];
  readonly names: Readonly<Record<T, string>>;
  readonly chosen: { value: T };
}

function Choice<T extends string>({ label, options, names, chosen }: ChoiceProps<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={chosen.value}
        onChange={(event) => {
          chosen.value = event.currentTarget.value as T;
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {names[option]}
          </option>
        ))}
      </select>
    </label>
  );
}
