import type { ClipModel } from '../../clip/clip-model.js';
import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { type LabelSet, labelSetHash } from '../label-set.js';
import { LOG_ODDS, type TagScale, toLogOdds } from './tag-scale.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Scores photos for the labels of a set. */
export interface Scorer {
  /** Each is multiplied with a photo's vector. */
  readonly vectors: readonly Float32Array[];
  /** Scores of the labels from a photo's products with `vectors`, into `scores`. */
  score(products: Float64Array, scores: Float64Array): void;
  /** Scale of the scores; null where they can only be compared among photos. */
  readonly scale: TagScale | null;
}

/** A label set with its sentences or its probe. */
export interface Tagger {
  readonly name: string;
  readonly kind: LabelSet['kind'];
  readonly labels: readonly string[];
  readonly madeBy: 'sentences' | 'probe';
  /** Tags with another stamp are out of date. */
  readonly stamp: string;
  /** Called when there is something to tag. */
  scorer(): Promise<Scorer>;
}

/**
 * Tags by a set's sentences: zero-shot. An exclusive set's scores are log odds under a softmax over its labels with the model's own
 * scale; an independent label's is its cosine, which says which photos have more of it and nothing else.
 * @throws `label_set_needs_labels` for a set whose sentences are known to tell too little
 */
export function sentenceTagger(set: LabelSet, model: Pick<ClipModel, 'info' | 'embedTexts'>): Tagger {
  if (!set.zero_shot) {
    throw fault(
      'label_set_needs_labels',
      `Expected a set that sentences can tag, but ${set.id} is off for them: ${set.known} Label some photos and train a probe: streetdex probe train LABELS.csv --set ${set.id}.`,
    );
  }
  const { id: modelId, logitScale } = model.info;
  return {
    name: set.id,
    kind: set.kind,
    labels: set.labels.map(({ name }) => name),
    madeBy: 'sentences',
    stamp: `${labelSetHash(set)} ${modelId}`,
    scorer: async () => {
      const vectors = await sentenceVectors(set, model);
      return {
        vectors,
        scale: set.kind === 'exclusive' ? LOG_ODDS : null,
        score: (products, scores) => {
          const exclusive = set.kind === 'exclusive';
          for (let k = 0; k < scores.length; k++) scores[k] = (exclusive ? logitScale : 1) * present(products[k]);
          if (exclusive) toLogOdds(scores);
        },
      };
    },
  };
}

/** The vectors of a set's sentences. */
export interface Sentences {
  /** One for each label of the set. */
  readonly vectors: readonly UnitVector[];
  readonly logitScale: number;
}

export async function sentencesOf(set: LabelSet, model: Pick<ClipModel, 'info' | 'embedTexts'>): Promise<Sentences> {
  return { vectors: await sentenceVectors(set, model), logitScale: model.info.logitScale };
}

/** For each label the mean of its sentences' vectors, normalised. */
async function sentenceVectors(set: LabelSet, model: Pick<ClipModel, 'embedTexts'>): Promise<readonly UnitVector[]> {
  const embedded = await model.embedTexts(
    set.labels.flatMap(({ sentences }) => sentences),
    { wait: true },
  );
  let from = 0;
  return set.labels.map(({ sentences }) => {
    const own = embedded.slice(from, from + sentences.length);
    from += sentences.length;
    const sum = present(own[0]).map((_, i) => own.reduce((total, vector) => total + present(vector[i]), 0));
    const length = Math.hypot(...sum);
    return sum.map((value) => value / length) as UnitVector;
  });
}
