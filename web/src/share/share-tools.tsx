import { answerGeoJson } from '../../../src/client/answer-geojson.js';
import type { LocateAnswer } from '../api/types.js';
import { urlOf } from '../api/url.js';
import type { QueuedPhoto } from '../locate/photo-queue.js';
import { takeMapPicture } from '../map/overlay.js';
import { indexFacts, placeSources } from '../state/index-facts.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { useCopying } from '../ui/copying.js';
import { Icon } from '../ui/icon.js';
import { saveFile } from '../ui/save-file.js';
import { answerReport } from './answer-report.js';
import { answerText } from './answer-text.js';
import { reportName } from './report-name.js';

interface ShareProps {
  readonly photo: QueuedPhoto;
  readonly answer: LocateAnswer;
}

/** The answer as a link, as GeoJSON, as text, and as a self-contained file. */
export function ShareTools({ photo, answer }: ShareProps) {
  const text = t.value.share;
  const { copy, said, byHand } = useCopying();
  const modelName = indexFacts.value?.model_name ?? answer.model.slice(0, 12);
  const save = async () => {
    const { name, preview, hints } = photo;
    const shown = preview === null || preview.startsWith('blob:') ? preview : urlOf(preview);
    const map = await takeMapPicture();
    const facts = indexFacts.value;
    const indexName = facts && t.value.model.references(count(facts.references));
    const about = { name, answer, hints, modelName, indexName, placeSources: placeSources.value };
    const html = await answerReport({ ...about, preview: shown, map });
    saveFile(new Blob([html], { type: 'text/html' }), reportName(name));
  };
  return (
    <section class="share">
      <h3>{text.title}</h3>
      <div class="row">
        <button type="button" onClick={() => void copy(location.href)}>
          <Icon name="link" /> {text.link}
        </button>
        <button type="button" onClick={() => void copy(geoJsonText(answer))}>
          {text.geojson}
        </button>
        <button type="button" onClick={() => void copy(answerText(photo.name, answer, photo.hints, modelName))}>
          {text.text}
        </button>
        <button type="button" onClick={() => void save()}>
          {text.report}
        </button>
        {said.value !== null && <span>{said.value}</span>}
      </div>
      {byHand.value !== null && <textarea readOnly rows={6} value={byHand.value} aria-label={text.title} />}
      <p class="quiet-text">{text.linkNote}</p>
    </section>
  );
}

/** Without the heat layer's points. */
function geoJsonText({ posterior: _posterior, ...answer }: LocateAnswer): string {
  return JSON.stringify(answerGeoJson(answer), null, 1);
}
