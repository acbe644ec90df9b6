import { EXCLUSIONS } from '../evaluate/exclude-own.js';
import { LEAVE_OUT_RULES } from '../evaluate/leave-out.js';
import type { Flag } from './command.js';

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
    value: 'RULE',
    choices: LEAVE_OUT_RULES,
    describe:
      'In place of a manifest: ask about the index’s own photos, each without itself, its sequence, its author, or everything within 25 km of it.',
  },
  exclude: {
    type: 'string',
    value: 'RULE,…',
    describe: `With --manifest: leave out of each photo’s evidence what is by its own author, of its own sequence, or within 25 km of it; one or several of ${EXCLUSIONS.join(', ')}.`,
  },
  'keep-duplicates': {
    type: 'boolean',
    describe:
      'With --manifest: also ask about photos that are the same picture as one of the index (encoded anew, resized, cropped, watermarked). They are left out otherwise, and counted.',
  },
  limit: { type: 'string', value: 'N', describe: 'Ask about at most this many photos; the same ones each time.' },
} as const satisfies Record<string, Flag>;
