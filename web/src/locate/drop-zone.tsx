import { useRef } from 'preact/hooks';
import { t } from '../text/language.js';
import { Icon } from '../ui/icon.js';
import { noFileGiven, photosOver } from './photo-drop.js';
import { addFiles } from './photo-queue.js';

/** Takes photos by the file chooser; they can also be dropped or pasted anywhere on the page. */
export function DropZone({ small }: { readonly small: boolean }) {
  const chooser = useRef<HTMLInputElement>(null);
  const text = t.value.locate;
  return (
    <div class={`drop ${small ? 'small' : ''} ${photosOver.value ? 'over' : ''}`}>
      {!small && <Icon name="photo" />}
      <button type="button" class="primary" onClick={() => chooser.current?.click()}>
        {text.choose}
      </button>
      <span>{text.orDrop}</span>
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
