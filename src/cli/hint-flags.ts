import type { Flag } from './command.js';

/** Flags for hints about the place of all photos of a command. */
export const HINT_FLAGS = {
  'hint-country': {
    type: 'string',
    value: 'COUNTRY,…',
    describe: 'Taken in one of these countries, by name or ISO code.',
  },
  'hint-not-country': { type: 'string', value: 'COUNTRY,…', describe: 'Taken in none of these countries.' },
  'hint-bbox': { type: 'string', value: 'W,S,E,N', describe: 'Taken within this box; west > east crosses 180°.' },
  'hint-not-bbox': { type: 'string', value: 'W,S,E,N', describe: 'Taken outside this box.' },
  'hint-near': { type: 'string', value: 'LAT,LON,KM', describe: 'Taken about there, give or take so many km.' },
} as const satisfies Readonly<Record<string, Flag>>;
