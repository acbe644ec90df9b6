import { signal } from '@preact/signals';

/** Whether the pointer drags photos over the page. */
export const photosOver = signal(false);
/** Whether the last thing dropped or pasted was text or a link. */
export const noFileGiven = signal(false);

/**
 * Takes photos that are dropped or pasted anywhere on the page. Otherwise the browser would open a dropped file or link in
 * place of the page, whose contents would be lost. Text for a field is left to the field.
 */
export function hearOfPhotos(take: (files: readonly File[]) => void): () => void {
  const give = (files: readonly File[]) => {
    noFileGiven.value = files.length === 0;
    if (files.length > 0) take(files);
  };
  const dragover = (event: DragEvent) => {
    const files = event.dataTransfer?.types.includes('Files') === true;
    if (files ? isForInput(event) : isForField(event)) return;
    event.preventDefault();
    photosOver.value = files;
  };
  const dragleave = (event: DragEvent) => {
    if (event.relatedTarget === null) photosOver.value = false;
  };
  const drop = (event: DragEvent) => {
    photosOver.value = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0 ? isForInput(event) : isForField(event)) return;
    event.preventDefault();
    give(files);
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Cells of a spreadsheet come as text and as a picture of it.
    const text = event.clipboardData?.types.includes('text/plain') === true;
    if (!isForField(event) || (files.length > 0 && !text)) give(files);
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

const isForField = ({ target }: Event): boolean =>
  target instanceof Element && target.closest('input, textarea, select') !== null;
const isForInput = ({ target }: DragEvent): boolean => target instanceof HTMLInputElement && target.type === 'file';
