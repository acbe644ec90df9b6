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
  /** Pixels: where they are known, what follows does not move when the picture comes. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** A picture of the API. An `<img>` can't show a key, so with one the bytes are fetched first. */
export function Picture({ path, alt, class: name, eager, size }: PictureProps) {
  const fetched = useSignal<string | null>(null);
  const missing = useSignal(false);
  const keyed = apiKey.value !== null;
  // Only what could not be had is asked for again when the server is back.
  const askable = !missing.value || service.value === 'ok';
  useEffect(() => {
    if (!askable) return;
    missing.value = false;
    if (!keyed) return;
    let url: string | undefined;
    const stop = new AbortController();
    fetchFile(path, { signal: stop.signal })
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
  }, [path, keyed, askable]);
  if (missing.value) return <span class={`${name ?? ''} no-picture`}>{t.value.photo.noFile}</span>;
  const source = keyed ? fetched.value : urlOf(path);
  return (
    <img
      class={name}
      src={source ?? undefined}
      alt={alt}
      loading={eager ? 'eager' : 'lazy'}
      decoding="async"
      {...(size && { width: size.width, height: size.height })}
      onError={() => {
        missing.value = true;
      }}
    />
  );
}
