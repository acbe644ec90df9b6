import { signal } from '@preact/signals';

/** Whether the pointer drags photos over the page. */
export const photosOver = signal(false);

/**
 * Hears of photos that are dropped or pasted anywhere on the page. Without it the browser would open a file that is dropped
 * in place of the page, and all that is on the page would be lost.
 */
export function hearOfPhotos(take: (files: readonly File[]) => void): () => void {
  const dragover = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files') || isForInput(event)) return;
    event.preventDefault();
    photosOver.value = true;
  };
  const dragleave = (event: DragEvent) => {
    if (event.relatedTarget === null) photosOver.value = false;
  };
  const drop = (event: DragEvent) => {
    photosOver.value = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0 || isForInput(event)) return;
    event.preventDefault();
    take(files);
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) take(files);
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

const isForInput = ({ target }: DragEvent): boolean => target instanceof HTMLInputElement && target.type === 'file';
