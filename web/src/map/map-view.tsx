import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { wrapLon } from '../../../src/geo/box.js';
import type { Box, Point } from '../api/types.js';
import { address, hasMap } from '../state/address.js';
import { noteGone, untilBack } from '../state/service.js';
import { theme } from '../state/theme.js';
import { t } from '../text/language.js';
import { afterPaint } from '../ui/after-paint.js';
import { checkOperatorStyle, operatorMapLacks, operatorStyle } from './operator-style.js';
import { look, mapFailed, mapWanted, viewed } from './overlay.js';
import { PALETTE } from './palette.js';
import { START } from './start.js';
import { WorldPicture } from './world-picture.js';

/**
 * The map. Until it is needed, a picture of the world stands in for it: without a graphics card, drawing the live map takes
 * longer than all the rest of the page.
 */
export function MapView() {
  const element = useRef<HTMLDivElement>(null);
  const operators = useRef(operatorStyle.peek() !== null).current;
  const anywhere = useRef(address.peek().map === null).current && !operators;
  const focused = useRef(false);
  const want = () => {
    mapWanted.value = true;
  };
  useSignalEffect(() => {
    const { view, map } = address.value;
    if (operators || (hasMap.value && (view !== 'locate' || map !== null))) want();
  });
  // Without a map, the references are still listed by area: of the world, then of the requested place.
  useSignalEffect(() => {
    if (!mapFailed.value) return;
    const at = look.value;
    if (at === null) viewed.value = { box: [-180, -90, 180, 90], zoom: START.zoom };
    else if ('centre' in at) viewed.value = { box: boxOf(at.centre, at.zoom), zoom: at.zoom };
  });
  const wanted = mapWanted.value;
  const focus = () => {
    focused.current = true;
    want();
  };
  const tries = useSignal(0);
  useEffect(() => {
    if (!wanted) return;
    const gone = new AbortController();
    let close: (() => void) | undefined;
    const openAgain = async () => {
      close?.();
      close = undefined;
      noteGone();
      await untilBack(gone.signal);
      tries.value++;
    };
    afterPaint(async () => {
      const room = await Promise.all([import('./map-room.js'), checkOperatorStyle()]).catch(() => null);
      if (gone.signal.aborted || element.current === null) return;
      if (room === null) return openAgain().catch(() => undefined);
      try {
        close = room[0].openMap(element.current, () => openAgain().catch(() => undefined));
        if (focused.current) element.current.querySelector('canvas')?.focus();
      } catch {
        mapFailed.value = true;
      }
    });
    return () => {
      gone.abort();
      close?.();
    };
  }, [wanted, tries.value]);
  return (
    <section
      class="map"
      aria-label={t.value.map.title}
      style={{ backgroundColor: PALETTE[theme.value].water }}
      onPointerEnter={want}
    >
      <div
        class="map-canvas"
        ref={element}
        {...(!wanted && { tabIndex: 0, onFocus: focus, role: 'img', 'aria-label': t.value.map.title })}
      />
      {anywhere && <WorldPicture />}
      {operatorMapLacks.value !== null && (
        <p class="map-note" role="status">
          {t.value.map.operatorLacks[operatorMapLacks.value]}
        </p>
      )}
      {mapFailed.value && (
        <p class="map-note" role="status">
          {t.value.map.failed}
        </p>
      )}
    </section>
  );
}

const SIDE_PX = 1000;

/** The area that a map of this zoom shows around a point, roughly. */
function boxOf({ lat, lon }: Point, zoom: number): Box {
  const half = Math.min(180, (360 * SIDE_PX) / (512 * 2 ** zoom) / 2);
  return [wrapLon(lon - half), Math.max(-90, lat - half / 2), wrapLon(lon + half), Math.min(90, lat + half / 2)];
}
