import { present } from '../../domain/present.js';
import type { BlendProfile } from '../../locate/blend-profile.js';
import { binOf } from '../../locate/calibration-bins.js';
import type { NamedLevel } from '../../locate/roll-up.js';
import { chooseBins, type Placed } from './choose-bins.js';
import { conformalQuantile } from './conformal.js';
import { drawClusters, type Redrawn } from './draw-clusters.js';
import { type Doubted, spreadsOnly, type VerdictSpreads, verdictSpreads } from './verdict-spreads.js';

/** An uncalibrated profile's answer to a query whose place is known. */
export interface UncalibratedAnswer extends Placed, Doubted {
  readonly id: string;
  /** The level that the answer names. */
  readonly level: NamedLevel;
  readonly errorKm: number;
  /** r̂: the posterior's own quantiles, widened by 5 km. */
  readonly radius50Km: number;
  readonly radius90Km: number;
}

type Calibration = NonNullable<BlendProfile['calibration']>;

export interface Calibrated {
  readonly calibration: Calibration;
  readonly verdicts: VerdictSpreads;
}

/** With fewer clusters a calibration promises too little: with 40 a 90 % circle holds 90 ± 5 %. */
const CALIBRATION_CLUSTERS_MIN = 40;
/** Resamplings that a profile keeps, for the intervals of coverage measured with it. */
const DRAWS = 50;
/** Stands for infinity: every r̂ is at least 5 km, and with this factor reaches round the Earth. */
const FACTOR_MAX = 20_015;
/** Stands for 0, which no factor may be. */
const FACTOR_MIN = 1e-6;

/**
 * Radii that hold 50 and 90 % of the truths of a new cluster, by bins of ε_r and of spread, and the spreads up to which answers
 * are sure and likely. null for fewer than 40 clusters.
 *
 * @param answers of queries that nothing was fitted to
 * @param fitted the queries of the fit: bins' edges are chosen on them, so that they do not depend on `answers`
 * @param clustersMin least number of clusters
 */
export function calibrateProfile(
  answers: readonly UncalibratedAnswer[],
  fitted: readonly Placed[],
  clustersMin = CALIBRATION_CLUSTERS_MIN,
): Calibrated | null {
  const once = drawClusters(answers.map(({ cluster }) => cluster));
  if (once.clusters < clustersMin) return null;
  const edges = chooseBins(fitted, once.clusters);
  const redrawn = Array.from({ length: DRAWS }, (_, draw) => once.again(draw + 1));
  const verdicts = verdictSpreads(answers);
  return {
    calibration: {
      not_indexed_edges: [...edges.notIndexedEdges],
      bins: edges.spreadEdges.map((spreadEdges, b) => {
        const inBins = Array.from({ length: spreadEdges.length + 1 }, (_, s) =>
          [...answers.keys()].filter((i) => {
            const { notIndexed, spread } = present(answers[i]);
            return binOf(notIndexed, edges.notIndexedEdges) === b && binOf(spread, spreadEdges) === s;
          }),
        );
        const half = inBins.map((bin) => scoresOf(bin, answers, ({ radius50Km }) => radius50Km));
        const most = inBins.map((bin) => scoresOf(bin, answers, ({ radius90Km }) => radius90Km));
        return {
          spread_edges: [...spreadEdges],
          radius_50: half.map((scores) => factorOf(scores, once, 0.5)),
          radius_90: most.map((scores) => factorOf(scores, once, 0.9)),
          draws_50: redrawn.map((draw) => half.map((scores) => rounded(factorOf(scores, draw, 0.5)))),
          draws_90: redrawn.map((draw) => most.map((scores) => rounded(factorOf(scores, draw, 0.9)))),
        };
      }),
      levels: spreadsOnly(verdicts),
      queries: answers.length,
      authors: once.clusters,
    },
    verdicts,
  };
}

/** An answer's error in units of its radius, with the answer's number. */
interface NumberedScore {
  readonly answer: number;
  readonly score: number;
}

/** Scores of a bin, ascending. */
function scoresOf(
  bin: readonly number[],
  answers: readonly UncalibratedAnswer[],
  radius: (answer: UncalibratedAnswer) => number,
): NumberedScore[] {
  return bin
    .map((i) => {
      const answer = present(answers[i]);
      return { answer: i, score: answer.errorKm / radius(answer) };
    })
    .sort((a, b) => a.score - b.score);
}

function factorOf(scores: readonly NumberedScore[], { masses }: Redrawn, share: number): number {
  const weighed = scores.map(({ answer, score }) => ({ mass: present(masses[answer]), score }));
  return Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, conformalQuantile(weighed, share)));
}

/** Four digits are enough for draws, which serve intervals alone. */
function rounded(factor: number): number {
  return Number(factor.toPrecision(4));
}
