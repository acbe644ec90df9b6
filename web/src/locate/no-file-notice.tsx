import { useEffect } from 'preact/hooks';
import { address } from '../state/address.js';
import { t } from '../text/language.js';
import { IconButton } from '../ui/icon-button.js';
import { noFileGiven } from './photo-drop.js';

/** Says what to do after text or a link was dropped or pasted instead of a photo. */
export function NoFileNotice() {
  const { view } = address.value;
  const dismiss = () => {
    noFileGiven.value = false;
  };
  useEffect(dismiss, [view]);
  if (!noFileGiven.value) return null;
  return (
    <div class="notice warn" role="alert">
      <p>{t.value.locate.noFile}</p>
      <IconButton icon="close" label={t.value.compare.close} onClick={dismiss} />
    </div>
  );
}
