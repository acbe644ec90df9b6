import { z } from 'zod';

const script = z.enum([
  'latin',
  'cyrillic',
  'greek',
  'arabic',
  'hebrew',
  'devanagari',
  'bengali',
  'sinhala',
  'burmese',
  'thai',
  'khmer',
  'lao',
  'han',
  'kana',
  'hangul',
  'georgian',
  'armenian',
  'ethiopic',
]);

/** Facts of a country that a street shows; null where not known well enough: then a neutral default is drawn. */
export const countryFactsSchema = z.strictObject({
  iso2: z.string().regex(/^[A-Z]{2}$/),
  /** GeoNames' English name. */
  name: z.string(),
  drives: z.enum(['right', 'left']),
  centreLine: z.enum(['white', 'yellow', 'yellow-double']).nullable(),
  edgeLine: z.enum(['white', 'yellow', 'yellow-dashed', 'white-dashed']).nullable(),
  plate: z
    .enum([
      'eu',
      'eu-both',
      'eu-yellow',
      'eu-red',
      'dk',
      'gb',
      'long',
      'yellow-rear',
      'yellow-long',
      'us',
      'mid',
      'mercosur',
      'co',
      'cn',
      'black-long',
      'black-mid',
      'jp',
      'ru',
      'ua',
      'il',
      'np',
      'blue-text',
      'eg',
      'cm',
      'right-box',
      'kz',
      'ch',
    ])
    .nullable(),
  warning: z.enum(['triangle-white', 'triangle-yellow', 'triangle-black', 'diamond-yellow']),
  board: z.enum(['green', 'blue', 'white', 'yellow']).nullable(),
  script,
  /** Second script on signs; null where there is only one. */
  secondScript: script.nullable(),
  tradition: z.enum([
    'brick-gable',
    'timber-gable',
    'plaster-gable',
    'stone-tile',
    'stone-flat',
    'whitewash-flat',
    'earth-flat',
    'concrete-flat',
    'stucco-tile',
    'tin-roof',
    'tile-eaves',
    'panel-block',
    'shophouse',
  ]),
  pole: z.enum(['wood', 'concrete-round', 'concrete-square', 'concrete-holes', 'concrete-banded', 'steel']).nullable(),
  bollard: z
    .enum([
      'black-diagonal',
      'black-cap',
      'black-band',
      'red-diagonal',
      'red-band',
      'orange-mark',
      'yellow-mark',
      'red-dot',
      'black-band-red',
    ])
    .nullable(),
  postBox: z.enum(['red', 'yellow', 'blue', 'green', 'orange', 'white']).nullable(),
  taxi: z
    .enum([
      'yellow',
      'black',
      'cream',
      'white',
      'red',
      'orange',
      'blue',
      'green',
      'purple',
      'pink',
      'black-yellow',
      'black-green',
      'yellow-black',
      'yellow-green',
      'blue-white',
    ])
    .nullable(),
  kerb: z.enum(['black-white', 'red-white', 'yellow', 'black-yellow', 'yellow-white']).nullable(),
  trafficLight: z.enum(['yellow', 'horizontal', 'striped']).nullable(),
  /** The flag in the notation of draw/flag.ts. */
  flag: z.string(),
});

export type CountryFacts = Readonly<z.infer<typeof countryFactsSchema>>;
export type PlateId = NonNullable<CountryFacts['plate']>;
export type BoardColour = NonNullable<CountryFacts['board']>;
export type Script = CountryFacts['script'];
export type Tradition = CountryFacts['tradition'];
export type PostBox = NonNullable<CountryFacts['postBox']>;
export type Taxi = NonNullable<CountryFacts['taxi']>;
export type Kerb = NonNullable<CountryFacts['kerb']>;

export type FactGroup = Exclude<keyof CountryFacts, 'iso2' | 'name' | 'secondScript'>;
