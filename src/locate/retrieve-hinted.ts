import type { UnitVector } from '../domain/unit-vector.js';
import type { Neighbour, ReferenceFilter, ReferenceReader } from '../references/reader.js';
import type { BlendProfile } from './blend-profile.js';
import { checkFinite } from './check-finite.js';
import { groupNeighbours, type NeighbourGroup } from './group-neighbours.js';
import type { HintTest } from './hints.js';

const HITS = 1_000;

/**
 * The groups that a hinted query is judged by: the same as without hints where half of them are where the hints say,
 * else up to half of them from a second search there, in the place of the least alike of the others.
 *
 * @param groups those that were found without the hints
 * @returns by descending cosine, as many as the profile has at most
 */
export async function retrieveHinted(
  references: ReferenceReader,
  vector: UnitVector,
  profile: BlendProfile['retrieval'],
  groups: readonly NeighbourGroup[],
  hint: HintTest,
  options: { readonly filter?: ReferenceFilter; readonly exact?: boolean } = {},
): Promise<readonly NeighbourGroup[]> {
  const agrees = ({ point, iso2 }: Neighbour) => hint.agrees(point, iso2);
  const fitting = groups.filter((group) => agrees(group.representative));
  const half = Math.floor(profile.groups / 2);
  if (fitting.length >= half || groups.length < profile.groups) return groups;
  const hits = await references.neighbours(vector, {
    k: HITS,
    exact: options.exact ?? false,
    filter: hint.narrow(options.filter ?? {}),
  });
  checkFinite(
    'retrieval',
    hits.map((hit) => hit.score),
  );
  const found = groupNeighbours(hits.filter(agrees), profile.group_distance_m, half);
  const others = groups.filter((group) => !agrees(group.representative));
  const there = groupsOf([...fitting, ...found], profile.group_distance_m, half);
  return groupsOf(
    [...there, ...others.slice(0, profile.groups - there.length)],
    profile.group_distance_m,
    profile.groups,
  );
}

/** Groups that may be the same, or share a walk, brought together: each as large as it was found to be. */
function groupsOf(groups: readonly NeighbourGroup[], distanceM: number, limit: number): NeighbourGroup[] {
  const sizes = new Map<string, number>();
  for (const { representative, size } of groups) {
    sizes.set(representative.id, Math.max(size, sizes.get(representative.id) ?? 0));
  }
  const each = new Map(groups.map(({ representative }) => [representative.id, representative]));
  return groupNeighbours([...each.values()], distanceM, limit).map(({ representative }) => ({
    representative,
    size: sizes.get(representative.id) ?? 1,
  }));
}
