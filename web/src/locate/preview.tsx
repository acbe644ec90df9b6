import { useSignal } from '@preact/signals';
import { t } from '../text/language.js';
import { Icon } from '../ui/icon.js';
import { Picture } from '../ui/picture.js';
import type { QueuedPhoto } from './photo-queue.js';

interface PreviewProps {
  readonly photo: Pick<QueuedPhoto, 'name' | 'preview'>;
  readonly class: string;
}

/** The photo, if this browser can show it; there is none for a link. */
export function Preview({ photo, class: name }: PreviewProps) {
  const failed = useSignal(false);
  const { preview } = photo;
  if (preview === null || failed.value) {
    return (
      <span class={`${name} no-picture`}>
        <Icon name="photo" />
      </span>
    );
  }
  const alt = `${t.value.photo.yours}: ${photo.name}`;
  if (!preview.startsWith('blob:')) return <Picture path={preview} alt={alt} class={name} eager />;
  return (
    <img
      class={name}
      src={preview}
      alt={alt}
      onError={() => {
        failed.value = true;
      }}
    />
  );
}
