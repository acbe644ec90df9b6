import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { apiKey, useKey } from './api/key.js';
import { loadIndexFacts } from './state/index-facts.js';
import { service } from './state/service.js';
import { t } from './text/language.js';
import { announce } from './ui/announcer.js';

/** Says when the server is gone, starting, or wants a key. */
export function ServiceNotice() {
  const text = t.value.service;
  const key = useSignal('');
  const before = useRef(service.value);
  useEffect(() => {
    if (service.value === 'key_needed') announce(apiKey.peek() === null ? text.keyNeeded : text.keyWrong);
    else if (service.value === 'ok' && before.current !== 'ok') announce(text.back);
    before.current = service.value;
  }, [service.value]);
  if (service.value === 'ok') return null;
  if (service.value !== 'key_needed') {
    return (
      <p class="notice warn" role="alert">
        {{ gone: text.gone, starting: text.starting, index_away: text.indexAway }[service.value]}
      </p>
    );
  }
  const submit = (event: Event) => {
    event.preventDefault();
    useKey(key.value.trim());
    service.value = 'ok';
    void loadIndexFacts();
  };
  return (
    <form class="notice warn" onSubmit={submit}>
      <label>
        {apiKey.value === null ? text.keyNeeded : text.keyWrong}{' '}
        <input
          type="password"
          autoComplete="off"
          value={key.value}
          onInput={(event) => {
            key.value = event.currentTarget.value;
          }}
        />
      </label>{' '}
      <button type="submit">{text.useKey}</button>
    </form>
  );
}
