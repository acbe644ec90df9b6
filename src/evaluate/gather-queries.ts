import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { type ClusteredPhoto, clusterPhotos } from './cluster-photos.js';
import type { EvaluationQuery } from './evaluation-query.js';
import { gatherManifest } from './gather-manifest.js';
import { chooseReferences, type LeaveOutRule, leaveOutFilter, PLACE_KM, partOf } from './leave-out.js';
import { ProgressClock } from './progress-clock.js';
import {
  clusterNotices,
  type GatherOptions,
  type GatherParts,
  type QuerySet,
  type QuerySource,
  type ReferenceQueries,
  type SkippedQuery,
} from './query-set.js';

/**
 * The queries of a manifest (embedded, or taken from the cache), or of the index itself by a leave-out rule. What can't be
 * asked about is among the skipped, with a code.
 *
 * True positions are used for scoring, for the rule `place`, and to tell queries whose surroundings are in the index (`part`);
 * answers do not depend on them otherwise.
 *
 * @throws `no_queries` when nothing is left to ask about, `interrupted`, `not_finite`, and what opening the manifest throws
 * (`source_not_found`, `manifest_column_missing`, `manifest_columns_swapped`, …)
 */
export async function gatherQueries(
  parts: GatherParts,
  source: QuerySource,
  options: GatherOptions = {},
): Promise<QuerySet> {
  const set =
    'leaveOut' in source
      ? await gatherReferences(parts, source, options)
      : await gatherManifest(parts, source, options);
  if (set.queries.length > 0) return set;
  const [first] = set.skipped;
  throw fault(
    'no_queries',
    `Expected at least one photo to ask about, got none of ${set.description.photos}: ${set.description.text}.${first ? ` The first of ${set.skipped.length} that were skipped: ${first.id}: ${first.reason} [${first.code}]` : ''}`,
  );
}

async function gatherReferences(
  parts: GatherParts,
  { leaveOut: rule, limit }: ReferenceQueries,
  { onProgress, signal }: GatherOptions,
): Promise<QuerySet> {
  const started = performance.now();
  const index = await parts.index();
  if (index === null)
    throw fault('index_not_given', 'Expected an index to ask about itself, got none: give --index DIR.');
  const { reader } = index;
  const chosen = await chooseReferences(reader, limit ?? null);
  const progress = new ProgressClock(chosen.length, onProgress);
  const asked: Omit<EvaluationQuery, 'cluster'>[] = [];
  const photos: ClusteredPhoto[] = [];
  const skipped: SkippedQuery[] = [];
  for (const [i, member] of chosen.entries()) {
    if (i % 64 === 0) await breathe(signal);
    const filter = leaveOutFilter(rule, member);
    const vector = (await reader.vectors([member.id])).get(member.id) ?? null;
    const reference = await reader.get(member.id);
    if (filter === null) skipped.push({ id: member.id, ...AUTHOR_UNKNOWN });
    else if (vector === null || reference === null) skipped.push({ id: member.id, ...DELETED });
    else {
      const { id, point, author, sequence } = member;
      photos.push({ id, truth: point, author, sequence });
      asked.push({
        id,
        truth: point,
        part: await partOf(reader, point, filter),
        vector,
        filter,
        sha256: reference.sha256,
        file: await index.photos.file(id),
      });
    }
    progress.update(i + 1);
  }
  progress.update(chosen.length, true);
  const clusters = clusterPhotos(photos, rule);
  const queries = asked.map((query, i) => ({ ...query, cluster: present(clusters[i]) }));
  const warning =
    rule === 'none' ? ['Each photo stands in its own evidence: this checks the machinery and measures nothing.'] : [];
  return {
    queries,
    skipped,
    inIndex: [],
    nearDuplicates: null,
    description: {
      kind: 'leave_out',
      text: describeRule(rule),
      manifest: null,
      rule,
      limit: limit ?? null,
      photos: chosen.length,
    },
    notices: [...warning, ...clusterNotices(queries)],
    embedded: 0,
    tookMs: { decode: 0, preprocess: 0, encode: 0, total: performance.now() - started },
  };
}

const AUTHOR_UNKNOWN = {
  code: 'author_unknown',
  reason: 'Expected a photo whose author is known, so that the author can be left out; use --leave-out place.',
};
const DELETED = { code: 'reference_deleted', reason: 'The reference was deleted while the queries were gathered.' };

/** Lets signals and timers run; throws where the run was stopped. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal?.aborted) throw fault('interrupted', 'Gathering the queries was stopped.');
}

function describeRule(rule: LeaveOutRule): string {
  const left = {
    none: 'nothing left out',
    id: 'itself left out',
    sequence: 'its walk left out',
    author: 'its author left out',
    place: `everything within ${PLACE_KM} km of it left out`,
  };
  return `the index’s own photos, each with ${left[rule]}`;
}
