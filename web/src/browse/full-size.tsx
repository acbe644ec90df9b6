import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Reference } from '../api/types.js';
import { t } from '../text/language.js';
import { plainText } from '../text/plain-text.js';
import { IconButton } from '../ui/icon-button.js';
import { Picture } from '../ui/picture.js';

interface FullSizeProps {
  readonly reference: Reference;
  readonly onClose: () => void;
}

/** A reference's photo at its own size, to be scrolled over. */
export function FullSize({ reference, onClose }: FullSizeProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const text = t.value.browse;
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const { source, id, image, width, height } = reference;
  const name = plainText(source ?? id);
  return (
    <dialog ref={dialog} class="full-size" aria-label={text.fullSize} onClose={onClose}>
      <header>
        <h2>{name}</h2>
        <span class="quiet-text">
          {width} × {height}
        </span>
        <IconButton icon="close" label={t.value.compare.close} onClick={() => dialog.current?.close()} />
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll what has the focus. */}
      <section class="full-size-frame" aria-label={name} tabIndex={0}>
        <Picture path={image} alt={name} eager />
      </section>
    </dialog>
  );
}
