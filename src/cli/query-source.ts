import type { App } from '../app.js';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { parseExclusions } from '../evaluate/exclude-own.js';
import { gatherQueries } from '../evaluate/gather-queries.js';
import { parseLeaveOutRule } from '../evaluate/leave-out.js';
import type { NearDuplicates } from '../evaluate/near-duplicates.js';
import type { GatherParts, QuerySet, QuerySource } from '../evaluate/query-set.js';
import type { Invocation } from './command.js';
import { Progress } from './progress.js';
import { wholeNumber } from './whole-number.js';

const SKIPPED_SHOWN = 10;

/** The queries' source by the flags. @throws `usage` */
export function querySource({ text, on }: Pick<Invocation, 'text' | 'on'>): QuerySource {
  const [manifest, images, rule, limitText] = (['manifest', 'images', 'leave-out', 'limit'] as const).map(text);
  if ((manifest === undefined) === (rule === undefined))
    throw fault('usage', 'Expected either --manifest FILE or --leave-out RULE, to say what to ask about.');
  if (images !== undefined && manifest === undefined)
    throw fault('usage', 'Expected --manifest FILE beside --images, got --leave-out.');
  const exclude = text('exclude');
  if (manifest === undefined && (exclude !== undefined || on('keep-duplicates')))
    throw fault(
      'usage',
      `Expected --manifest FILE beside --${exclude === undefined ? 'keep-duplicates' : 'exclude'}, got --leave-out, which says itself what is left out.`,
    );
  const limit = limitText === undefined ? {} : { limit: wholeNumber('limit', limitText) };
  if (manifest !== undefined)
    return {
      ...{ manifest, ...limit },
      ...(images === undefined ? {} : { images }),
      ...(exclude === undefined ? {} : { exclude: parseExclusions(exclude) }),
      ...(on('keep-duplicates') ? { duplicates: 'keep' } : {}),
    };
  return { leaveOut: parseLeaveOutRule(present(rule)), ...limit };
}

/**
 * Gathers the queries with a progress bar, and reports on standard error what was skipped and what is in the index.
 * @param withIndex false where a manifest's photos are to be embedded without looking at an index
 */
export async function gatherWithProgress(
  app: App,
  source: QuerySource,
  signal: AbortSignal,
  withIndex = true,
): Promise<QuerySet> {
  if (withIndex) await app.checkModel();
  const parts: GatherParts = withIndex
    ? app
    : { config: app.config, index: async () => null, model: (use) => app.model(use) };
  const progress = new Progress('looking at photos');
  try {
    const set = await gatherQueries(parts, source, { signal, onProgress: (state) => progress.update(state) });
    progress.end();
    process.stderr.write(describeQueries(set));
    return set;
  } finally {
    progress.end();
  }
}

function describeQueries(set: QuerySet): string {
  const { queries, skipped, inIndex, nearDuplicates, notices, description, embedded } = set;
  const lines = [
    `${queries.length} queries: ${description.text}${embedded > 0 ? `; ${embedded} embedded now` : ''}.`,
    ...notices,
  ];
  if (inIndex.length > 0)
    lines.push(
      `${inIndex.length} of them are in the index (${inIndex.slice(0, 3).join(', ')}${inIndex.length > 3 ? ', …' : ''}); none counts as evidence for itself. Photos that are in the index do not measure new places.`,
    );
  if (nearDuplicates !== null) lines.push(...describeDuplicates(nearDuplicates));
  if (skipped.length > 0) {
    lines.push(`${skipped.length} were skipped:`);
    for (const { id, code, reason } of skipped.slice(0, SKIPPED_SHOWN)) lines.push(`  ${code}  ${id}  ${reason}`);
    if (skipped.length > SKIPPED_SHOWN)
      lines.push(`  and ${skipped.length - SKIPPED_SHOWN} more (all of them with --json)`);
  }
  return `${lines.join('\n')}\n`;
}

/** Sentences on near-duplicates, for the report too; empty where there are none. */
export function describeDuplicates({ leftOut, found, unknown }: NearDuplicates): string[] {
  const lines: string[] = [];
  const one = found.length === 1;
  const [photos, verb, kind] = one
    ? ['1 photo is', 'is', 'near-duplicate']
    : [`${found.length} photos are`, 'are', 'near-duplicates'];
  if (found.length > 0)
    lines.push(
      leftOut
        ? `${photos} the same picture as one of the index (${kind}), and ${verb} left out; --keep-duplicates asks about such photos too.`
        : `${photos} the same picture as one of the index (${kind}) and ${verb} kept as asked, which flatters the figures.`,
    );
  if (unknown.length > 0)
    lines.push(
      `Of ${unknown.length} it is unknown whether they are the same picture as one of the index: the file of a near neighbour is gone.`,
    );
  return lines;
}
