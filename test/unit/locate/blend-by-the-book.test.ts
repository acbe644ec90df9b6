import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GeoPoint } from '../../../src/domain/geo-point.js';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import { type BlendOverrides, type BlendProfile, DEFAULT_PROFILE } from '../../../src/locate/blend-profile.js';
import type { Hints } from '../../../src/locate/hints.js';
import { Locator } from '../../../src/locate/locator.js';
import type { SelfSimilarity } from '../../../src/references/summaries.js';
import { answerByTheBook, type BookWorld, gammaLeft } from '../../support/by-the-book.js';
import { type FakeReference, FakeReferences } from '../../support/fake-references.js';
import { levelsUpTo } from '../../support/levels-up-to.js';
import { gazetteerOf, seeded, TOY_DIMENSION, type ToyWorld, toyWorld } from '../../support/toy-world.js';

const LOGIT_SCALE = 20;

const OWN: SelfSimilarity = {
  ...{ q05: 0.42, q25: 0.55, count: 240 },
  quantiles: [
    [0, 0.3],
    [0.05, 0.42],
    [0.25, 0.55],
    [0.5, 0.61],
    [1, 0.8],
  ],
};

const CALIBRATION: NonNullable<BlendProfile['calibration']> = {
  not_indexed_edges: [0.3],
  bins: [
    { spread_edges: [0.3, 0.6], radius_50: [0.7, 1.1, 1.5], radius_90: [1.2, 2, 2.5], draws_50: [], draws_90: [] },
    { spread_edges: [0.7], radius_50: [1.3, 3], radius_90: [1.25, 2.75], draws_50: [], draws_90: [] },
  ],
  levels: levelsUpTo(0.4),
  ...{ queries: 900, authors: 300 },
};

type Size = NonNullable<Parameters<typeof toyWorld>[1]>;
type Gate = Pick<BlendProfile['retrieval']['not_indexed'], 'tau' | 'delta'>;

/** What a run draws; everything that has a formula of its own is met. */
const cases = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  size: fc.constantFrom<Size>(
    { countries: 6, citiesPerCountry: 3, perCity: 3 },
    { countries: 14, citiesPerCountry: 5, perCity: 2 },
    { countries: 26, citiesPerCountry: 3, perCity: 1 },
    { countries: 40, citiesPerCountry: 9, perCity: 1 },
  ),
  evidence: fc.constantFrom('both', 'both', 'both', 'references', 'captions'),
  /** How alike the query is to one of the references; 0: it is another view of some city. */
  copy: fc.constantFrom(0, 0, 0.4, 0.05),
  own: fc.constantFrom(null, OWN),
  groups: fc.constantFrom(100, 100, 14),
  calibrated: fc.boolean(),
  settings: fc.record({
    kernel: fc.constantFrom('softmax' as const, 'softmax' as const, 'vo' as const),
    temperature: fc.constantFrom(0.02, 0.1),
    spot: fc.boolean(),
    gate: fc.constantFrom<Gate>({ tau: null, delta: null }, { tau: 0.5, delta: 0.05 }, { tau: null, delta: 0.2 }),
    captions: fc.constantFrom({ country: 1, region: 1, city: 1.5 }, { country: 0.7, region: 1.4, city: 4 }),
    population: fc.constantFrom(0.5, 1, 0),
    exponents: fc.constantFrom([1, 0.5, -0.5], [0.8, 1.2, -1.1], [0.5, 0.7, 0.3], [1, 0, 0], [0, 1, 0], [0, 0, 1]),
    utility: fc.constantFrom('default' as const, 'default' as const, 'geoscore' as const, 'distance' as const),
  }),
  overrides: fc.constantFrom<BlendOverrides>({}, {}, { alpha: 0.4 }, { beta: 2, utility: 'geoscore' }, { gamma: 0.2 }),
  hint: fc.constantFrom('none', 'none', 'country', 'not country', 'near', 'far'),
  excludeAuthor: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

function profileOf({ settings, groups, calibrated }: Case): BlendProfile {
  const [alpha = 1, beta = 0, gamma = 0] = settings.exponents;
  const { kernel, temperature } = settings;
  const { retrieval, captions, blend } = DEFAULT_PROFILE;
  const not_indexed = { ...retrieval.not_indexed, ...settings.gate };
  const same_spot = settings.spot ? { km: 0.3, ratio: 0.6, width: 0.1 } : null;
  return {
    ...DEFAULT_PROFILE,
    retrieval: { ...retrieval, kernel, temperature, groups, not_indexed, same_spot },
    captions: { ...captions, temperature: settings.captions, population_exponent: settings.population },
    blend: { ...blend, alpha, beta, gamma },
    decision: { utility: settings.utility },
    calibration: calibrated ? CALIBRATION : null,
  };
}

/** Some references stand where a city stands, so that points of the support fall together. */
function worldOf({ seed, size, copy }: Case): ToyWorld {
  const world = toyWorld(seed, size);
  const cities = world.places.filter(({ level }) => level === 'city');
  const random = seeded(seed + 1);
  const references = world.references.map((one): FakeReference => {
    const city = cities[Number(/^r(\d+)-/.exec(one.id)?.[1])];
    return random() < 0.2 && city ? { ...one, point: city.point } : one;
  });
  const original = references[Math.floor(random() * references.length)];
  if (copy === 0 || original === undefined) return { ...world, references };
  const query = toUnitVector(original.vector.map((value) => value + copy * (random() - 0.5)));
  return { ...world, references, query };
}

/** With one query's own weights: section 7. */
function asked(profile: BlendProfile, overrides: BlendOverrides): BlendProfile {
  const alpha = overrides.alpha ?? profile.blend.alpha;
  const beta = overrides.beta ?? profile.blend.beta;
  const gamma = overrides.gamma ?? gammaLeft(profile.blend, alpha, beta);
  const utility = overrides.utility ?? profile.decision.utility;
  const before = profile.blend;
  const same =
    alpha === before.alpha && beta === before.beta && gamma === before.gamma && utility === profile.decision.utility;
  const calibration = same ? profile.calibration : null;
  return { ...profile, blend: { ...before, alpha, beta, gamma }, decision: { utility }, calibration };
}

function hintsOf({ hint }: Case, { places }: ToyWorld): Hints | undefined {
  const [first, second] = places.filter(({ level }) => level === 'country');
  if (first === undefined || second === undefined) return undefined;
  if (hint === 'country') return { country: [first.iso2, second.iso2] };
  if (hint === 'not country') return { excludeCountry: [first.iso2] };
  if (hint === 'near') return { near: { ...second.point, uncertaintyKm: 400 } };
  return hint === 'far' ? { near: { lat: -80, lon: 20, uncertaintyKm: 150 }, excludeCountry: [first.iso2] } : undefined;
}

/** Both answers: as it is given, and by the book. */
async function answersOf(one: Case, change: (profile: BlendProfile) => BlendProfile = (profile) => profile) {
  const world = worldOf(one);
  const references = one.evidence === 'captions' ? [] : world.references;
  const captions = one.evidence === 'references' ? null : world.captions;
  const profile = profileOf(one);
  const index = new FakeReferences(TOY_DIMENSION, references, one.own);
  const locator = new Locator(index, captions, gazetteerOf(world), LOGIT_SCALE, { profile });
  const hints = hintsOf(one, world);
  const author = one.excludeAuthor ? { exclude: { author: ['author 1'] } } : {};
  const answer = await locator.locate(
    { vector: world.query, filter: author, ...(hints && { hints }) },
    { overrides: one.overrides, posterior: true },
  );
  const book: BookWorld = {
    ...{ query: world.query, logitScale: LOGIT_SCALE, places: world.places, split: world.split, own: one.own },
    references: references.filter((reference) => !one.excludeAuthor || reference.author !== 'author 1'),
    caption: captions && ((id) => captions.vector(id) ?? new Float32Array(TOY_DIMENSION)),
  };
  const { took_ms: _, ...given } = answer;
  return { given, book: answerByTheBook(book, asked(change(profile), one.overrides), hints) };
}

type Leaf = string | number | boolean | null;

/** What a JSON holds, by path; the points of the posterior from south to north, as those of equal mass stand in any order. */
function leavesOf(value: unknown, path = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  if (value === null || typeof value !== 'object') return leaves.set(path, value as Leaf);
  const ordered = path === '.posterior' ? northwards(value as readonly { readonly point: GeoPoint }[]) : value;
  for (const [key, inner] of Object.entries(ordered)) {
    for (const [at, leaf] of leavesOf(inner, `${path}.${key}`)) leaves.set(at, leaf);
  }
  return leaves;
}

function northwards<T extends { readonly point: GeoPoint }>(points: readonly T[]): T[] {
  return points.toSorted((a, b) => a.point.lat - b.point.lat);
}

/** Half of the last digit that is given, and what tables and float32 leave: section 13. */
function toleranceOf(path: string): number {
  if (/(_km|distance_km)$/.test(path)) return 0.002;
  if (/(\.lat|\.lon)$/.test(path)) return 1e-7;
  return /(_nats|share|quantile)$/.test(path) ? 1e-4 : 2e-6;
}

/** Every number of the answer that the book has otherwise or not at all, and whatever else the book says. */
function differences(given: unknown, book: unknown): string[] {
  const [answered, expected] = [leavesOf(given), leavesOf(book)];
  const found: string[] = [];
  for (const [path, value] of answered) {
    if (typeof value === 'number' && typeof expected.get(path) !== 'number') found.push(`${path}: not in the book`);
  }
  for (const [path, value] of expected) {
    const own = answered.get(path);
    const same =
      typeof value === 'number' && typeof own === 'number' ? Math.abs(own - value) <= toleranceOf(path) : own === value;
    if (!same) found.push(`${path}: ${own}, by the book ${value}`);
  }
  return found;
}

describe('an answer', () => {
  const plain: Case = {
    ...{ seed: 7, size: { countries: 14, citiesPerCountry: 4, perCity: 1 }, evidence: 'both', copy: 0.4, own: OWN },
    ...{ groups: 100, calibrated: true, overrides: {}, hint: 'none', excludeAuthor: false },
    settings: {
      ...{ kernel: 'softmax', temperature: 0.1, spot: true, gate: { tau: 0.5, delta: 0.2 }, population: 0.5 },
      ...{ captions: { country: 1, region: 1, city: 1.5 }, exponents: [1, 0.5, -0.5], utility: 'default' },
    },
  };

  it('has the numbers that docs/blend.md gives, each of them, whatever the world and the settings', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { given, book } = await answersOf(one);
        const { places, ...expected } = book;
        expect(differences(given, expected)).toEqual([]);
        if (places === 100) met.add('more places than may speak');
        if (given.candidates.length > 1) met.add('several candidates');
        if (given.neighbours.some((neighbour) => neighbour.group_size > 1)) met.add('groups');
      }),
      // A world with more places than may speak is drawn now and then; it has to be among them.
      { numRuns: 50, examples: [[{ ...plain, size: { countries: 40, citiesPerCountry: 9, perCity: 1 } }]] },
    );
    expect([...met].sort()).toEqual(['groups', 'more places than may speak', 'several candidates']);
  });

  type Change = (profile: BlendProfile) => BlendProfile;
  const changes: readonly (readonly [string, Change])[] = [
    ['T_r', (p) => ({ ...p, retrieval: { ...p.retrieval, temperature: 0.101 } })],
    ['a kernel', (p) => ({ ...p, retrieval: { ...p.retrieval, scales_km: [3, 26, 400] } })],
    [
      'the same spot',
      (p) => ({ ...p, retrieval: { ...p.retrieval, same_spot: { km: 0.3, ratio: 0.61, width: 0.1 } } }),
    ],
    ['λ of the bias', (p) => ({ ...p, captions: { ...p.captions, bias_countries: 6 } })],
    ['the rest of an area', (p) => ({ ...p, captions: { ...p.captions, rest: 0.21 } })],
    ['γ of the population', (p) => ({ ...p, captions: { ...p.captions, population_exponent: 0.51 } })],
    ['the captions’ floor', (p) => ({ ...p, captions: { ...p.captions, floor: 0.0012 } })],
    ['area weights', (p) => ({ ...p, blend: { ...p.blend, area_scale_km: 30 } })],
    ['Λ', (p) => ({ ...p, blend: { ...p.blend, evidence_limit_nats: 4 } })],
    ['a calibration', (p) => ({ ...p, calibration: { ...CALIBRATION, bins: CALIBRATION.bins.toReversed() } })],
  ];

  it.each(changes)('would be told from one with another %s', async (_, change) => {
    const { given, book } = await answersOf(plain);
    const { places: _places, ...right } = book;
    expect(differences(given, right)).toEqual([]);
    const { places: _others, ...wrong } = (await answersOf(plain, change)).book;
    expect(differences(given, wrong)).not.toEqual([]);
  });
});
