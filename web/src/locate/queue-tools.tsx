import { useSignal } from '@preact/signals';
import { lookAt, mapFailed, shownAnswers } from '../map/overlay.js';
import { saveCsv, saveGeoJson } from '../share/queue-files.js';
import { saveQueueReport } from '../share/queue-report.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { boxOfAll } from './box-around.js';
import { removeAll, retryFailed, tally } from './photo-queue.js';

/** With more answers than this, removing all asks first. */
const ASK_FROM = 20;

const focusOn = (selector: string) => handOnFocus(() => document.querySelector<HTMLElement>(selector));

/** Actions on all photos together. */
export function QueueTools() {
  const text = t.value.queue;
  const { all, done, failed } = tally.value;
  const asking = useSignal(false);
  const written = useSignal<number | null>(null);
  const clear = () => {
    removeAll();
    focusOn('.drop > button');
  };
  const report = async () => {
    for await (const photos of saveQueueReport()) written.value = photos;
    written.value = null;
  };
  if (asking.value) {
    return (
      <div class="row queue-ask" role="alert">
        <span>{text.clearAsk(count(done))}</span>
        <button type="button" onClick={clear}>
          {text.clearYes}
        </button>
        <button
          type="button"
          onClick={() => {
            asking.value = false;
            focusOn('.queue-all .clear');
          }}
        >
          {text.clearNo}
        </button>
      </div>
    );
  }
  return (
    <div class="row queue-all">
      {failed > 1 && (
        <button type="button" onClick={retryFailed}>
          {text.retryFailed(count(failed))}
        </button>
      )}
      {done > 0 && (
        <>
          {!mapFailed.value && (
            <button
              type="button"
              onClick={() => {
                lookAt({ box: boxOfAll(shownAnswers.peek().map(({ point }) => point)) });
              }}
            >
              {text.onMap}
            </button>
          )}
          <button type="button" onClick={saveCsv}>
            {text.csv}
          </button>
          <button type="button" onClick={saveGeoJson}>
            {text.geojson}
          </button>
          <button type="button" disabled={written.value !== null} onClick={() => void report()}>
            {text.report}
          </button>
        </>
      )}
      <button
        type="button"
        class="clear"
        onClick={() => {
          if (done <= ASK_FROM) return clear();
          asking.value = true;
          focusOn('.queue-ask button');
        }}
      >
        {text.clear}
      </button>
      <span role="status">{written.value !== null && text.reporting(count(written.value), count(all))}</span>
    </div>
  );
}
