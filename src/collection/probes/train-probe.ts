import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { LabelSet } from '../label-set.js';
import type { PhotoLabels } from '../labels/label-store.js';
import { type CrossValidated, crossValidate } from '../statistics/cross-validate.js';
import { FeatureMatrix } from '../statistics/feature-matrix.js';
import { compareLabels, judgeLabels, likeliest, likeliestOfItsKind } from '../statistics/judge-labels.js';
import { probabilitiesOf } from '../statistics/temperature.js';
import type { Sentences } from '../tags/scorer.js';
import { labelGroups } from './label-groups.js';
import { type Probe, type ProbeTask, sealed, writtenModel } from './probe.js';
import { fitMix } from './text-start.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** With fewer photos a label can't be checked. */
const LABELLED_MIN = 5;
/** With as many photos of each label, the words no longer help. */
const TEXT_START_BELOW = 50;
const SEED = 1;

export interface Trained {
  readonly probe: Probe;
  /** Predictions for each labelled photo by models that had not seen it, by id, in the order of the tasks' labels. */
  readonly heldOut: ReadonlyMap<string, readonly number[]>;
}

/** The labelled photos of the index, with the data for fitting. */
interface Labelled {
  readonly ids: readonly string[];
  readonly labels: readonly (readonly string[])[];
  readonly rows: Float32Array;
  readonly groups: readonly string[];
}

/**
 * Logistic regression on the vectors of labelled photos: which label of an exclusive set, or for each label of an independent
 * one whether it holds. Its figures come from photos of held-out authors, walks or places.
 * @param sentences null where the set's are off
 * @throws `labels_too_few`
 */
export async function trainProbe(
  set: LabelSet,
  labelled: readonly PhotoLabels[],
  reader: ReferenceReader,
  { sentences, force = false }: { readonly sentences: Sentences | null; readonly force?: boolean },
): Promise<Trained> {
  const data = await gather(labelled, reader);
  const names = set.labels.map(({ name }) => name);
  const count = (name: string) => data.labels.filter((own) => own.includes(name)).length;
  const learnt = names.filter((name) => {
    const photos = count(name);
    return photos >= LABELLED_MIN && (set.kind === 'exclusive' || data.ids.length - photos >= LABELLED_MIN);
  });
  if (learnt.length < (set.kind === 'exclusive' ? 2 : 1)) throw tooFew(set, names, count, data.ids.length);
  const heldOut = new Map<string, number[]>(data.ids.map((id) => [id, []]));
  const tasks =
    set.kind === 'exclusive'
      ? [exclusiveTask(set, learnt, data, sentences, heldOut)]
      : learnt.map((name) => independentTask(name, data, heldOut));
  const better = tasks.every(({ gain }) => gain.low > 0);
  const probe = {
    ...{ format: 'streetdex-probe' as const, version: 1 as const, set: set.id, kind: set.kind },
    ...{ model_id: reader.modelId, dimension: reader.dimension },
    left_out: names.filter((name) => !learnt.includes(name)),
    ...{ tasks, better, forced: force && !better, trained_at: new Date().toISOString() },
  };
  return { probe: sealed(probe), heldOut };
}

async function gather(labelled: readonly PhotoLabels[], reader: ReferenceReader): Promise<Labelled> {
  const ids = labelled.map(({ id }) => id);
  const [vectors, references] = [await reader.vectors(ids), await reader.getMany(ids)];
  const there = labelled.filter(({ id }) => vectors.has(id) && references.has(id));
  const rows = new Float32Array(there.length * reader.dimension);
  for (const [i, { id }] of there.entries()) rows.set(present(vectors.get(id)), i * reader.dimension);
  return {
    ids: there.map(({ id }) => id),
    labels: there.map(({ labels }) => labels),
    rows,
    groups: labelGroups(there.map(({ id }) => present(references.get(id)))),
  };
}

function tooFew(set: LabelSet, names: readonly string[], count: (name: string) => number, photos: number) {
  const counted = names.filter((name) => count(name) > 0).map((name) => `${name} ${count(name)}`);
  const wanted =
    set.kind === 'exclusive'
      ? `at least two labels with ${LABELLED_MIN} photos each`
      : `a label with ${LABELLED_MIN} photos that have it and ${LABELLED_MIN} that don't`;
  return fault(
    'labels_too_few',
    `Expected ${wanted}, got ${photos} labelled photos of the index${counted.length === 0 ? '' : ` (${counted.join(', ')})`}. Label more: streetdex probe next --set ${set.id}.`,
  );
}

function exclusiveTask(
  set: LabelSet,
  learnt: readonly string[],
  data: Labelled,
  sentences: Sentences | null,
  heldOut: Map<string, number[]>,
): ProbeTask {
  const kept = data.labels.flatMap(([label], i) => (learnt.includes(label ?? '') ? [i] : []));
  const classOf = Int32Array.from(kept, (i) => learnt.indexOf(present(present(data.labels[i])[0])));
  const said =
    sentences === null
      ? null
      : {
          logitScale: sentences.logitScale,
          vectors: learnt.map((name) =>
            present(sentences.vectors[set.labels.findIndex((label) => label.name === name)]),
          ),
        };
  return task(learnt, learnt.length, kept, classOf, data, said, heldOut);
}

function independentTask(name: string, data: Labelled, heldOut: Map<string, number[]>): ProbeTask {
  const all = [...data.ids.keys()];
  const classOf = Int32Array.from(data.labels, (labels) => (labels.includes(name) ? 1 : 0));
  return task([name], 2, all, classOf, data, null, heldOut);
}

/** @param kept numbers of the photos to fit to */
function task(
  labels: readonly string[],
  classes: number,
  kept: readonly number[],
  classOf: Int32Array,
  data: Labelled,
  sentences: Sentences | null,
  heldOut: Map<string, number[]>,
): ProbeTask {
  const columns = data.rows.length / data.ids.length;
  const rows = new Float32Array(kept.length * columns);
  for (const [i, row] of kept.entries()) rows.set(data.rows.subarray(row * columns, (row + 1) * columns), i * columns);
  const groups = kept.map((i) => present(data.groups[i]));
  if (new Set(groups).size < 2) {
    throw fault(
      'labels_too_few',
      'Expected labelled photos of at least two walks or places, so that some can be held out, got those of one. Label photos elsewhere.',
    );
  }
  const features = new FeatureMatrix(rows, columns);
  const photos = Array.from({ length: classes }, (_, k) => classOf.reduce((sum, own) => sum + (own === k ? 1 : 0), 0));
  const truth = { classOf, classes, groups };
  const logits = sentences === null ? null : sentenceLogits(rows, columns, sentences);
  const zeroShot = logits && probabilitiesOf(logits, classes, 1);
  const judgedZeroShot = zeroShot && judgeLabels(zeroShot, classOf, classes, groups, SEED);
  const starts =
    judgedZeroShot !== null &&
    judgedZeroShot.balancedAccuracy.low > 1 / classes &&
    Math.min(...photos) < TEXT_START_BELOW;
  const fitted = crossValidate(features, classOf, classes, groups, SEED, {
    around: (used) =>
      starts && sentences !== null && logits !== null
        ? { around: aroundSentences(sentences, fitMix(logits, classOf, classes, used)) }
        : {},
  });
  // Else a rare label would never be given, whatever the photo shows.
  const given = likeliestOfItsKind(
    fitted.heldOut,
    Float64Array.from(photos, (count) => count / kept.length),
  );
  const judged = judgeLabels(fitted.heldOut, classOf, classes, groups, SEED, { given });
  for (const [i, row] of kept.entries()) {
    const own = fitted.heldOut.subarray(i * classes, (i + 1) * classes);
    present(heldOut.get(present(data.ids[row]))).push(...(labels.length === 1 ? own.subarray(1) : own));
  }
  const { balancedAccuracy: accuracy, confusion, reliability } = judged;
  return {
    ...{ labels: [...labels], c: fitted.c, temperature: fitted.temperature, photos, chance: 1 / classes },
    ...{ balanced_accuracy: accuracy, confusion: confusion.map((row) => [...row]) },
    zero_shot: judgedZeroShot?.balancedAccuracy ?? null,
    gain:
      zeroShot === null
        ? { value: accuracy.value - 1 / classes, low: accuracy.low - 1 / classes, high: accuracy.high - 1 / classes }
        : compareLabels(given, likeliest(zeroShot, classes), truth, SEED),
    reliability: {
      calibration_error: reliability.calibrationError,
      bins: reliability.bins.map(({ rows: inBin, ...bin }) => ({ ...bin, photos: inBin })),
    },
    models: fitted.foldModels.map(writtenModel),
    shares: sharesOf(fitted),
  };
}

function sharesOf({ foldOf, foldModels }: CrossValidated): number[] {
  return foldModels.map((_, fold) => foldOf.reduce((sum, own) => sum + (own === fold ? 1 : 0), 0) / foldOf.length);
}

/** Logits for each photo and label, by photos. */
function sentenceLogits(rows: Float32Array, columns: number, { vectors, logitScale }: Sentences): Float64Array {
  const logits = new Float64Array((rows.length / columns) * vectors.length);
  for (let i = 0; i < rows.length / columns; i++) {
    for (const [k, vector] of vectors.entries()) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += present(rows[i * columns + c]) * present(vector[c]);
      logits[i * vectors.length + k] = logitScale * sum;
    }
  }
  return logits;
}

function aroundSentences({ vectors, logitScale }: Sentences, mix: number): Float64Array {
  const columns = present(vectors[0]).length;
  const around = new Float64Array(vectors.length * columns);
  for (const [k, vector] of vectors.entries()) {
    for (let c = 0; c < columns; c++) around[k * columns + c] = mix * logitScale * present(vector[c]);
  }
  return around;
}
