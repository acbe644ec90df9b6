import type { App } from '../app.js';
import { callerError } from '../domain/errors.js';
import { EXCLUSIONS, parseExclusions } from '../evaluate/exclude-own.js';
import { gatherQueries } from '../evaluate/gather-queries.js';
import { LEAVE_OUT_RULES, parseLeaveOutRule } from '../evaluate/leave-out.js';
import type { NearDuplicates } from '../evaluate/near-duplicates.js';
import type { GatherParts, QuerySet, QuerySource } from '../evaluate/query-set.js';
import type { Flag, Invocation } from './command.js';
import { Progress } from './progress.js';

/** Flags of commands that ask about photos whose places are known. */
export const QUERY_FLAGS = {
  manifest: {
    type: 'string',
    value: 'FILE|DIR',
    describe:
      'Photos to ask about and where they were taken: IM2GPS, IM2GPS3K, YFCC4K, OSV-5M or MP-16 as published, any manifest that `ingest` reads, or a folder.',
  },
  images: {
    type: 'string',
    value: 'DIR',
    describe: 'Folder of the photos that the manifest names; its own by default.',
  },
  'leave-out': {
    type: 'string',
    value: LEAVE_OUT_RULES.join('|'),
    describe:
      'In place of a manifest: ask about the index’s own photos, each without itself, its walk, its author, or everything within 25 km of it.',
  },
  exclude: {
    type: 'string',
    value: `${EXCLUSIONS.join(',')}`,
    describe:
      'With --manifest: leave out of each photo’s evidence what is by its own author, of its own walk, or within 25 km of it; one of them or several.',
  },
  'keep-duplicates': {
    type: 'boolean',
    describe:
      'With --manifest: also ask about photos that are the same picture as one of the index (encoded anew, resized, cropped, watermarked). They are left out otherwise, and counted.',
  },
  limit: { type: 'string', value: 'N', describe: 'Ask about so many of them; the same ones each time.' },
} as const satisfies Record<string, Flag>;

const SKIPPED_SHOWN = 10;

/** What the flags ask for. @throws `usage` */
export function querySource({ text, on }: Pick<Invocation, 'text' | 'on'>): QuerySource {
  const [manifest, images, rule, limitText] = (['manifest', 'images', 'leave-out', 'limit'] as const).map(text);
  if ((manifest === undefined) === (rule === undefined))
    throw callerError('usage', 'Expected either --manifest FILE or --leave-out RULE, to say what to ask about.');
  if (images !== undefined && manifest === undefined)
    throw callerError('usage', 'Expected --manifest FILE beside --images, got --leave-out.');
  const exclude = text('exclude');
  if (manifest === undefined && (exclude !== undefined || on('keep-duplicates')))
    throw callerError(
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
  return { leaveOut: parseLeaveOutRule(rule as string), ...limit };
}

/**
 * Gathers the queries with a bar on standard error, and says there what was skipped and what is in the index.
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
    : { config: app.config, references: async () => null, model: (use) => app.model(use) };
  const progress = new Progress('embedding queries');
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
      `${inIndex.length} of them are in the index (${inIndex.slice(0, 3).join(', ')}${inIndex.length > 3 ? ', …' : ''}); each is left out of its own evidence. A set that was ingested measures no new places.`,
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

/** What a report says of them too; nothing where there is nothing to say. */
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

/** @throws `usage` */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw callerError('usage', `Expected --${flag} to be a whole number of at least 1, but got ${text}.`);
}
