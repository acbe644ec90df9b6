import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../text/language.js';

/** The map. Its library is fetched after the page has been painted. */
export function MapView() {
  const element = useRef<HTMLDivElement>(null);
  const failed = useSignal(false);
  useEffect(() => {
    let close: (() => void) | undefined;
    let gone = false;
    const start = requestAnimationFrame(() => {
      setTimeout(async () => {
        try {
          const { openMap } = await import('./map-room.js');
          if (!gone && element.current !== null) close = openMap(element.current);
        } catch {
          failed.value = true;
        }
      });
    });
    return () => {
      gone = true;
      cancelAnimationFrame(start);
      close?.();
    };
  }, []);
  return (
    <section class="map" aria-label={t.value.map.title}>
      <div class="map-canvas" ref={element} />
      {failed.value && <p class="map-failed">{t.value.map.failed}</p>}
    </section>
  );
}
