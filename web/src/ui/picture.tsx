import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchFile } from '../api/call.js';
import { apiKey } from '../api/key.js';
import { urlOf } from '../api/url.js';
import { service } from '../state/service.js';
import { t } from '../text/language.js';

interface PictureProps {
  /** `/v1/references/…` */
  readonly path: string;
  readonly alt: string;
  readonly class?: string;
  readonly eager?: boolean;
  /** Size in pixels, if known: then the layout does not shift when the picture comes. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** A picture of the API. An `<img>` can't show a key, so with one the bytes are fetched first. */
export function Picture({ path, alt, class: name, eager, size }: PictureProps) {
  const fetched = useSignal<string | null>(null);
  const missing = useSignal(false);
  const small = useSignal(false);
  const keyed = apiKey.value !== null;
  // Only a missing picture is requested again when the server is back.
  const askable = !missing.value || service.value === 'ok';
  useEffect(() => {
    small.value = false;
  }, [path]);
  // Few browsers show HEIC or TIFF; the server's thumbnail of one is WebP or JPEG.
  const shown = small.value ? path.replace(/\/image$/, '/thumbnail') : path;
  useEffect(() => {
    if (!askable) return;
    // The failure was not the picture's then.
    if (missing.peek()) small.value = false;
    missing.value = false;
    if (!keyed) return;
    let url: string | undefined;
    const stop = new AbortController();
    fetchFile(shown, { signal: stop.signal })
      .then(async (response) => {
        url = URL.createObjectURL(await response.blob());
        fetched.value = url;
      })
      .catch(() => {
        missing.value = !stop.signal.aborted;
      });
    return () => {
      stop.abort();
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [shown, keyed, askable]);
  if (missing.value) return <span class={`${name ?? ''} no-picture`}>{t.value.photo.noFile}</span>;
  const source = keyed ? fetched.value : urlOf(shown);
  return (
    <img
      class={name}
      src={source ?? undefined}
      alt={alt}
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      {...(size && { width: size.width, height: size.height })}
      onError={() => {
        if (shown.endsWith('/image')) small.value = true;
        else missing.value = true;
      }}
    />
  );
}
