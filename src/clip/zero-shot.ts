import { present } from '../domain/present.js';
import { softmax } from '../domain/softmax.js';
import { cosine, type UnitVector } from '../domain/unit-vector.js';

export interface LabelScore {
  /** `logitScale · cosine`, as the model card of StreetCLIP has it (`logits_per_image`). */
  readonly logit: number;
  /** Softmax of the logits over the labels given; together they sum to 1. */
  readonly probability: number;
}

/** Scores labels for a picture: zero-shot classification as in Radford et al. 2021, in float64. In the order of `labels`. */
export function classify(image: UnitVector, labels: readonly UnitVector[], logitScale: number): LabelScore[] {
  const logits = labels.map((label) => logitScale * cosine(image, label));
  const probabilities = softmax(Float64Array.from(logits));
  return logits.map((logit, i) => ({ logit, probability: present(probabilities[i]) }));
}
