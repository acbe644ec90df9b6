import { fault } from '../domain/errors.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { IndexSummary } from '../references/summaries.js';
import type { BlendProfile } from './blend-profile.js';
import { type Bias, CaptionBias, enoughCountries } from './caption-bias.js';
import { buildCaptionTree, type CaptionTree, withExponent } from './caption-tree.js';
import { type CaptionScores, type ChoiceWeights, scoreCaptions } from './score-captions.js';

/** What does not change with the profile. */
interface CaptionParts {
  readonly captions: CaptionSet;
  readonly logitScale: number;
}

/** A bias, and the version of the summary that it was made of. */
interface KeptBias {
  readonly version: string;
  readonly bias: Bias | null;
}

/** Scores captions, less the bias that the index gives them. */
export class CaptionScorer {
  /** By λ's pull: shared by all scorers made from one another. */
  readonly #biases: Map<number, KeptBias>;

  readonly #parts: CaptionParts;
  readonly #profile: BlendProfile;

  private constructor(
    parts: CaptionParts,
    readonly tree: CaptionTree,
    profile: BlendProfile,
    biases: Map<number, KeptBias>,
  ) {
    this.#parts = parts;
    this.#profile = profile;

    this.#biases = biases;
  }

  /** null for a caption set without any caption of the gazetteer's countries. */
  static of(
    captions: CaptionSet,
    gazetteer: Gazetteer,
    logitScale: number,
    profile: BlendProfile,
  ): CaptionScorer | null {
    const tree = buildCaptionTree(gazetteer, captions, profile.captions.population_exponent);
    if (tree.areas.length === 0) return null;
    return new CaptionScorer({ captions, logitScale }, tree, profile, new Map());
  }

  withProfile(profile: BlendProfile): CaptionScorer {
    const tree = withExponent(this.tree, profile.captions.population_exponent);
    return new CaptionScorer(this.#parts, tree, profile, this.#biases);
  }

  /**
   * @param summary of the index, without what the query excludes
   * @throws `dimension_mismatch` when the query is of another model than the captions
   */
  score(
    vector: UnitVector,
    summary: IndexSummary,
    profile: BlendProfile['captions'],
    weights: ChoiceWeights | null = null,
  ): CaptionScores {
    const { captions, logitScale } = this.#parts;
    if (vector.length !== captions.dimension) {
      throw fault(
        'dimension_mismatch',
        `Expected a query of ${captions.dimension} dimensions, as the captions have, got ${vector.length}; embed it with the captions' model.`,
      );
    }
    return scoreCaptions(vector, this.tree, this.#biasOf(summary), logitScale, profile, weights);
  }

  /** Kept until another summary comes. */
  #biasOf({ version, countryMeans }: IndexSummary): Bias | null {
    const pull = this.#profile.captions.bias_countries;
    const kept = this.#biases.get(pull);
    if (kept?.version === version) return kept.bias;
    const bias = enoughCountries(countryMeans)
      ? new CaptionBias(this.tree, this.#parts.logitScale, pull, countryMeans)
      : null;
    this.#biases.set(pull, { version, bias });
    return bias;
  }
}
