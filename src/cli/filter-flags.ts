import type { Flag } from './command.js';

/** Flags that select references; without them a command is about all. */
export const FILTER_FLAGS = {
  bbox: { type: 'string', value: 'W,S,E,N', describe: 'Only references within this box; west > east crosses 180°.' },
  near: { type: 'string', value: 'LAT,LON,KM', describe: 'Only references within so many km of there.' },
  country: {
    type: 'string',
    value: 'COUNTRY,…',
    describe: 'Only references in one of these countries, by name or ISO code.',
  },
  'captured-after': { type: 'string', value: 'TIME', describe: 'Only photos of this date or time, or later.' },
  'captured-before': { type: 'string', value: 'TIME', describe: 'Only photos of this date or time, or earlier.' },
  sequence: { type: 'string', value: 'NAME', multiple: true, describe: 'Only photos of this walk; may be repeated.' },
  author: { type: 'string', value: 'NAME', multiple: true, describe: 'Only photos by this author; may be repeated.' },
  source: {
    type: 'string',
    value: 'START',
    multiple: true,
    describe: 'Only photos whose path below its root begins like this; may be repeated.',
  },
  tag: {
    type: 'string',
    value: 'SET:LABEL>=X',
    multiple: true,
    describe:
      'Only photos that `streetdex tag` gave at least (<=: at most) so much of a label, 0 to 1; SET:LABEL for those whose likeliest it is.',
  },
} as const satisfies Readonly<Record<string, Flag>>;
