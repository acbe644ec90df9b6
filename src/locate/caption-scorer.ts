import { callerError } from '../domain/errors.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { Neighbour, ReferenceReader } from '../references/reader.js';
import type { BlendProfile } from './blend-profile.js';
import { type Bias, CaptionBias, type CountryMean, enoughCountries, withoutGroups } from './caption-bias.js';
import { buildCaptionTree, type CaptionTree, withExponent } from './caption-tree.js';
import { groupNeighbours } from './group-neighbours.js';
import { type CaptionScores, type ChoiceWeights, scoreCaptions } from './score-captions.js';

const EXCLUDED_GROUPS_MAX = 1_000;

/** What does not change with the profile. */
interface CaptionParts {
  readonly references: ReferenceReader;
  readonly captions: CaptionSet;
  readonly logitScale: number;
}

/** The bias of the whole index, and the means that it was made of. */
interface KeptBias {
  readonly means: readonly CountryMean[];
  readonly bias: Bias | null;
}

/** Scores captions, less the bias that an index without the query's exclusions gives them. */
export class CaptionScorer {
  /** By λ's pull: shared by all scorers made from one another. */
  readonly #biases: Map<number, KeptBias>;

  private constructor(
    private readonly parts: CaptionParts,
    readonly tree: CaptionTree,
    private readonly profile: BlendProfile,
    biases: Map<number, KeptBias>,
  ) {
    this.#biases = biases;
  }

  /** null for a caption set without any caption of the gazetteer's countries. */
  static of(
    references: ReferenceReader,
    captions: CaptionSet,
    gazetteer: Gazetteer,
    logitScale: number,
    profile: BlendProfile,
  ): CaptionScorer | null {
    const tree = buildCaptionTree(gazetteer, captions, profile.captions.population_exponent);
    if (tree.areas.length === 0) return null;
    return new CaptionScorer({ references, captions, logitScale }, tree, profile, new Map());
  }

  withProfile(profile: BlendProfile): CaptionScorer {
    const tree = withExponent(this.tree, profile.captions.population_exponent);
    return new CaptionScorer(this.parts, tree, profile, this.#biases);
  }

  /**
   * @param excluded hits that the query excludes, `ids` those it names: neither counts in the bias
   * @throws `dimension_mismatch` when the query is of another model than the captions
   */
  score(
    vector: UnitVector,
    excluded: readonly Neighbour[],
    ids: readonly string[],
    profile: BlendProfile['captions'],
    weights: ChoiceWeights | null = null,
  ): CaptionScores {
    const { captions, logitScale } = this.parts;
    if (vector.length !== captions.dimension) {
      throw callerError(
        'dimension_mismatch',
        `Expected a query of ${captions.dimension} dimensions, as the captions have, got ${vector.length}; embed it with the captions' model.`,
      );
    }
    return scoreCaptions(vector, this.tree, this.#biasWithout(excluded, ids), logitScale, profile, weights);
  }

  /** The captions' bias from the index but for what the query excludes; kept as long as the means are the same. */
  #biasWithout(excluded: readonly Neighbour[], ids: readonly string[]): Bias | null {
    const means = this.parts.references.countryMeans();
    const witnesses = this.#excludedGroups(excluded, ids);
    if (witnesses.length > 0) return this.#makeBias(withoutGroups(means, witnesses));
    const pull = this.profile.captions.bias_countries;
    const kept = this.#biases.get(pull);
    if (kept?.means === means) return kept.bias;
    const bias = this.#makeBias(means);
    this.#biases.set(pull, { means, bias });
    return bias;
  }

  #makeBias(means: readonly CountryMean[]): Bias | null {
    if (!enoughCountries(means)) return null;
    return new CaptionBias(this.tree, this.parts.logitScale, this.profile.captions.bias_countries, means);
  }

  /** One vector for each group among the excluded: that is how often they count in the countries' means. */
  #excludedGroups(
    excluded: readonly Neighbour[],
    ids: readonly string[],
  ): { iso2: string | null; vector: UnitVector }[] {
    const { references } = this.parts;
    const seen = new Set(excluded.map((hit) => hit.id));
    const named = ids.filter((id) => !seen.has(id)).map((id) => references.get(id));
    const hits: Neighbour[] = [
      ...excluded,
      ...named.filter((stored) => stored !== null).map((stored) => ({ ...stored, score: -1 })),
    ];
    return groupNeighbours(hits, this.profile.retrieval.group_distance_m, EXCLUDED_GROUPS_MAX).flatMap((group) => {
      const vector = references.vector(group.representative.id);
      return vector === null ? [] : [{ iso2: group.representative.iso2, vector }];
    });
  }
}
