import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { AboutView } from './about/about-view.js';
import { BrowseView } from './browse/browse-view.js';
import { CollectionView } from './collection/collection-view.js';
import { CompareDialog } from './compare/compare-dialog.js';
import { Header } from './header.js';
import { IngestView } from './ingest/ingest-view.js';
import { labelFile } from './label/label-photo.js';
import { LabelView } from './label/label-view.js';
import { LocateView } from './locate/locate-view.js';
import { NoFileNotice } from './locate/no-file-notice.js';
import { hearOfPhotos, photosOver } from './locate/photo-drop.js';
import { addFiles } from './locate/photo-queue.js';
import { MapView } from './map/map-view.js';
import { ServiceNotice } from './service-notice.js';
import { address, hasMap, hrefOf, openAddress, type View } from './state/address.js';
import { t } from './text/language.js';
import { writeTitle } from './title.js';
import { Announcer } from './ui/announcer.js';

const PANELS = {
  locate: LocateView,
  browse: BrowseView,
  collection: CollectionView,
  label: LabelView,
  ingest: IngestView,
  about: AboutView,
} as const satisfies Record<View, unknown>;

export function Page() {
  const { view, parameters } = address.value;
  const Panel = PANELS[view];
  useEffect(() => hearOfPhotos(take), []);
  useSignalEffect(writeTitle);
  const panel = useRef<HTMLElement>(null);
  const content = [view, parameters.id, parameters.q, parameters.set, parameters.part].join(' ');
  const before = useRef(content);
  // A new view begins at its top, and takes the focus where the focused element is gone.
  useEffect(() => {
    if (before.current === content) return;
    before.current = content;
    panel.current?.scrollTo(0, 0);
    if (document.activeElement === document.body) panel.current?.focus({ preventScroll: true });
  }, [content]);
  return (
    <div
      class="page"
      data-view={view}
      data-wide={!hasMap.value || undefined}
      data-dropping={photosOver.value || undefined}
    >
      <button type="button" class="skip" onClick={skip}>
        {t.value.header.skip}
      </button>
      <Header />
      <ServiceNotice />
      <NoFileNotice />
      <div class="rooms">
        <main id="panel" class="panel" tabIndex={-1} ref={panel}>
          <Panel />
        </main>
        <MapView />
      </div>
      <CompareDialog />
      <Announcer />
    </div>
  );
}

/** In the view of labels photos are labelled, everywhere else located. */
function take(files: readonly File[]): void {
  const { view } = address.peek();
  if (view === 'label') {
    labelFile(files[0]);
    return;
  }
  addFiles(files);
  if (view !== 'locate') openAddress(hrefOf('locate'));
}

/** A button, because a link would change the address, which holds the page's state. */
function skip(): void {
  document.getElementById('panel')?.focus();
}
