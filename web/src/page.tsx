import { AboutView } from './about/about-view.js';
import { BrowseView } from './browse/browse-view.js';
import { CompareDialog } from './compare/compare-dialog.js';
import { Header } from './header.js';
import { IngestView } from './ingest/ingest-view.js';
import { LabelView } from './label/label-view.js';
import { LocateView } from './locate/locate-view.js';
import { MapView } from './map/map-view.js';
import { ServiceNotice } from './service-notice.js';
import { address, type View } from './state/address.js';
import { t } from './text/language.js';
import { Announcer } from './ui/announcer.js';

const PANELS = {
  locate: LocateView,
  browse: BrowseView,
  label: LabelView,
  ingest: IngestView,
  about: AboutView,
} as const satisfies Record<View, unknown>;

export function Page() {
  const { view } = address.value;
  const Panel = PANELS[view];
  return (
    <div class="page" data-view={view}>
      <button type="button" class="skip" onClick={skip}>
        {t.value.header.skip}
      </button>
      <Header />
      <ServiceNotice />
      <div class="rooms">
        <main id="panel" class="panel" tabIndex={-1}>
          <Panel />
        </main>
        <MapView />
      </div>
      <CompareDialog />
      <Announcer />
    </div>
  );
}

/** A button, because a link would change the address, which holds the page's state. */
function skip(): void {
  document.getElementById('panel')?.focus();
}
