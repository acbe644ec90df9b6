import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../ui/icon.js';
import { smallPicture } from '../ui/small-picture.js';
import type { QueuedPhoto } from './photo-queue.js';
import { Preview } from './preview.js';

/** A photo's thumbnail in the list; its name is beside it. */
export function QueueThumb({ photo }: { readonly photo: QueuedPhoto }) {
  const { file } = photo;
  const canvas = useRef<HTMLCanvasElement>(null);
  const failed = useSignal(false);
  useEffect(() => {
    if (file === null) return;
    const gone = new AbortController();
    smallPicture(file, gone.signal).then(
      (picture) => {
        const { current } = canvas;
        if (current === null) return picture.close();
        current.width = picture.width;
        current.height = picture.height;
        current.getContext('bitmaprenderer')?.transferFromImageBitmap(picture);
      },
      () => {
        failed.value = !gone.signal.aborted;
      },
    );
    return () => gone.abort();
  }, [file]);
  if (file === null) return <Preview photo={photo} class="queue-preview" />;
  if (failed.value) {
    return (
      <span class="queue-preview no-picture">
        <Icon name="photo" />
      </span>
    );
  }
  return <canvas ref={canvas} class="queue-preview" />;
}
