import { useRef } from 'preact/hooks';
import { t } from '../text/language.js';
import { handOnFocus } from '../ui/hand-on-focus.js';
import { Icon } from '../ui/icon.js';
import { noFileGiven, photosOver } from './photo-drop.js';
import { addFiles, queue, remove } from './photo-queue.js';

/** Photos come by the file chooser, or by drop and paste anywhere on the page. */
export function DropZone({ small }: { readonly small: boolean }) {
  const chooser = useRef<HTMLInputElement>(null);
  const text = t.value.locate;
  const [alone, second] = queue.value;
  return (
    <div class={`drop ${small ? 'small' : ''} ${photosOver.value ? 'over' : ''}`}>
      {!small && <Icon name="photo" />}
      <button type="button" class="primary" onClick={() => chooser.current?.click()}>
        {text.choose}
      </button>
      <span class="drop-or">{text.orDrop}</span>
      {alone !== undefined && second === undefined && (
        // Several are removed from their list.
        <button
          type="button"
          class="quiet"
          aria-label={`${text.remove}: ${alone.name}`}
          onClick={() => {
            remove(alone.key);
            handOnFocus(() => document.querySelector<HTMLElement>('.drop > button'));
          }}
        >
          {text.remove}
        </button>
      )}
      <input
        ref={chooser}
        hidden
        type="file"
        accept="image/*"
        multiple
        onChange={(event) => {
          noFileGiven.value = false;
          addFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
