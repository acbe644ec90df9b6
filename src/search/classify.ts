import type { ClassifyAnswer } from '../api/types.js';
import type { ClipModel } from '../clip/clip-model.js';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { softmax } from '../domain/softmax.js';
import { cosine, type UnitVector } from '../domain/unit-vector.js';
import { refuseAboutPersons } from '../domain/words-about-persons.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';

export interface ClassifyQuery {
  /**
   * The labels, or a named set: `countries` (their captions in the model's own words) or `places` (the captions
   * nearest to the photo, of any level; the template plays no part in either).
   */
  readonly labels: readonly string[] | 'countries' | 'places';
  /** A sentence with `{label}` in it; the model card's by default. */
  readonly template?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** `probability`: softmax over the labels asked for; `logit`: exp(logit_scale) · cosine. */
export type LabelScore = ClassifyAnswer['labels'][number];

export interface ClassifyParts {
  readonly model: ClipModel;
  /** Captions for the named sets. */
  readonly captions?: CaptionSet;
  readonly gazetteer?: Gazetteer;
}

export const DEFAULT_TEMPLATE = 'A Street View photo in {label}.';
const LABELS_AT_A_TIME = 16;
export const LABELS_MAX = 1_000;
/** Far more than the 77 tokens that CLIP reads. */
export const CAPTION_CHARACTERS_MAX = 1_000;
const PLACES = 20;

/**
 * Zero-shot labels as in the model card: each label's caption is embedded, and the softmax is taken over the logits.
 *
 * @returns by descending probability, ties in the order given
 * @throws `labels_missing`, `labels_too_many`, `label_empty`, `template_without_label`, `caption_too_long`,
 *   `labels_about_persons`, `captions_missing`, `interrupted`
 */
export async function classify(
  vector: UnitVector,
  query: ClassifyQuery,
  parts: ClassifyParts,
): Promise<readonly LabelScore[]> {
  const scored = await scoreLabels(vector, query, parts);
  const { logitScale } = parts.model.info;
  const logits = scored.map(({ score }) => logitScale * score);
  const probabilities = softmax(Float64Array.from(logits));
  return scored
    .map(({ label }, i) => ({ label, probability: present(probabilities[i]), logit: present(logits[i]) }))
    .toSorted((a, b) => b.logit - a.logit);
}

interface Scored {
  readonly label: string;
  readonly score: number;
}

async function scoreLabels(vector: UnitVector, query: ClassifyQuery, parts: ClassifyParts): Promise<readonly Scored[]> {
  if (query.labels === 'places') {
    const near = await needed(parts.captions).nearest(vector, PLACES);
    return near.map(({ caption, score }) => ({ label: caption.text, score }));
  }
  if (query.labels === 'countries') {
    const { countries } = needed(parts.gazetteer);
    const cosines = needed(parts.captions).cosines(
      vector,
      countries.map((country) => country.id),
    );
    return countries.flatMap(({ name }, i) => {
      const score = present(cosines[i]);
      return Number.isNaN(score) ? [] : [{ label: name, score }];
    });
  }
  const captions = labelCaptions(query.labels, query.template ?? DEFAULT_TEMPLATE);
  const scored: Scored[] = [];
  // A few at a time, so that other callers get their turn.
  for (let from = 0; from < captions.length; from += LABELS_AT_A_TIME) {
    if (query.signal?.aborted) throw fault('interrupted', 'Whoever asked for these labels went away.');
    const some = captions.slice(from, from + LABELS_AT_A_TIME);
    const vectors = await parts.model.embedTexts(
      some.map(([, text]) => text),
      { wait: true },
    );
    scored.push(...some.map(([label], i) => ({ label, score: cosine(vector, present(vectors[i])) })));
  }
  return scored;
}

function labelCaptions(labels: readonly string[], template: string): readonly (readonly [string, string])[] {
  if (labels.length === 0) throw fault('labels_missing', 'Expected at least one label, got none.');
  if (labels.length > LABELS_MAX) {
    throw fault('labels_too_many', `Expected at most ${LABELS_MAX} labels, got ${labels.length}.`);
  }
  if (!template.includes('{label}')) {
    throw fault('template_without_label', `Expected a template with {label} in it, got '${shorten(template)}'.`);
  }
  return labels.map((label, i) => {
    if (label.trim() === '') throw fault('label_empty', `Expected words in every label; number ${i + 1} is empty.`);
    const text = template.replaceAll('{label}', () => label);
    if (text.length <= CAPTION_CHARACTERS_MAX) {
      refuseAboutPersons(`the label '${shorten(label)}'`, text);
      return [label, text];
    }
    throw fault(
      'caption_too_long',
      `Expected a template and a label of at most ${CAPTION_CHARACTERS_MAX} characters, got ${text.length} with '${shorten(label)}'.`,
    );
  });
}

function needed<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw fault('captions_missing', 'Expected a gazetteer and its captions for a named set of labels; give labels.');
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
