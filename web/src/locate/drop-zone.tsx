import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text/language.js';
import { Icon } from '../ui/icon.js';
import { addFiles } from './photo-queue.js';

/** Photos come by drop and paste anywhere on the page, or by the file chooser. */
export function DropZone({ small }: { readonly small: boolean }) {
  const over = useSignal(false);
  const chooser = useRef<HTMLInputElement>(null);
  useEffect(() => listen((value) => (over.value = value)), []);
  const text = t.value.locate;
  return (
    <div class={`drop ${small ? 'small' : ''} ${over.value ? 'over' : ''}`}>
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
          addFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}

function listen(setOver: (over: boolean) => void): () => void {
  const dragover = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  const dragleave = (event: DragEvent) => {
    if (event.relatedTarget === null) setOver(false);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    addFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) addFiles(files);
  };
  addEventListener('dragover', dragover);
  addEventListener('dragleave', dragleave);
  addEventListener('drop', drop);
  addEventListener('paste', paste);
  return () => {
    removeEventListener('dragover', dragover);
    removeEventListener('dragleave', dragleave);
    removeEventListener('drop', drop);
    removeEventListener('paste', paste);
  };
}
