import { present as checked } from '../../domain/present.js';
import { softmax } from '../../domain/softmax.js';
import type { Scorer, Tagger } from '../tags/scorer.js';
import { LOG_ODDS } from '../tags/tag-scale.js';
import { modelsOf, type Probe, probeStamp } from './probe.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * Tags by a probe: log odds of the mean probability of its folds' models. The estimate of shares is unbiased for that mean:
 * each labelled photo is compared with the prediction of a model that had not seen it.
 */
export function probeTagger(probe: Probe): Tagger {
  return {
    ...{ name: probe.set, kind: probe.kind, madeBy: 'probe', stamp: probeStamp(probe) },
    labels: probe.tasks.flatMap(({ labels }) => labels),
    scorer: async () => scorer(probe),
  };
}

interface FoldPart {
  readonly classes: number;
  readonly biases: Float64Array;
  readonly share: number;
  readonly temperature: number;
  /** The first of its products, and its labels. */
  readonly from: number;
  readonly label: number;
}

function scorer(probe: Probe): Scorer {
  const vectors: Float32Array[] = [];
  const parts: FoldPart[] = [];
  let label = 0;
  for (const task of probe.tasks) {
    for (const [fold, { classes, weights, biases }] of modelsOf(task, probe.dimension).entries()) {
      const share = present(task.shares[fold]);
      parts.push({ classes, biases, share, temperature: task.temperature, from: vectors.length, label });
      for (let k = 0; k < classes; k++) {
        vectors.push(Float32Array.from(weights.subarray(k * probe.dimension, (k + 1) * probe.dimension)));
      }
    }
    label += task.labels.length;
  }
  return {
    vectors,
    scale: LOG_ODDS,
    score: (products, scores) => {
      scores.fill(0);
      for (const { classes, biases, share, temperature, from, label: own } of parts) {
        const logits = biases.map((bias, k) => (present(products[from + k]) + bias) / temperature);
        const probabilities = softmax(logits);
        // Of a yes-or-no question the second class.
        const isAsked = probe.kind === 'independent';
        const labels = isAsked ? 1 : classes;
        for (let k = 0; k < labels; k++)
          scores[own + k] = present(scores[own + k]) + share * present(probabilities[isAsked ? 1 : k]);
      }
      for (let k = 0; k < scores.length; k++) {
        const p = Math.min(1 - 1e-9, Math.max(1e-9, present(scores[k])));
        scores[k] = Math.log(p / (1 - p));
      }
    },
  };
}
