import { urlOf } from '../api/url.js';
import { indexFacts, placeSources } from '../state/index-facts.js';
import { count } from '../text/format.js';
import { t } from '../text/language.js';
import { POCKET } from '../text/model-notice.js';

/** What an answer means, which model gives it, and what this is not for. */
export function AboutView() {
  const text = t.value.about;
  const facts = indexFacts.value;
  return (
    <article class="about">
      <h2>{text.title}</h2>
      <p class="lead">{text.lead}</p>
      <h3>{text.meaning}</h3>
      <Paragraphs lines={text.meaningText} />
      <h3>{text.notFor}</h3>
      <Paragraphs lines={text.notForText} />
      <h3>{text.model}</h3>
      {facts === null ? (
        <p>{text.modelUnknown}</p>
      ) : (
        <>
          <p>
            {text.modelFacts(facts.model_name, facts.model_licence ?? text.noLicence, facts.dimension, facts.precision)}
          </p>
          {facts.model_name !== POCKET && facts.notice !== null && <p lang="en">{facts.notice}</p>}
        </>
      )}
      <p>{text.pocket}</p>
      <p>{text.streetclip}</p>
      {facts !== null && (
        <>
          <h3>{text.calibration}</h3>
          <p>{facts.calibration.calibrated ? text.calibrated(count(facts.calibration.queries)) : text.notCalibrated}</p>
        </>
      )}
      <h3>{text.privacy}</h3>
      <Paragraphs lines={text.privacyText} />
      <h3>{text.data}</h3>
      <p>
        {text.dataText}
        <span lang="en">{placeSources.value}</span>
      </p>
      <p>
        <a href={urlOf('docs')}>{text.docs}</a>
      </p>
    </article>
  );
}

const Paragraphs = ({ lines }: { readonly lines: readonly string[] }) => (
  <>
    {lines.map((line) => (
      <p key={line}>{line}</p>
    ))}
  </>
);
