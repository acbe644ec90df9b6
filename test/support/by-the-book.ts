/**
 * docs/blend.md in plain TypeScript, section by section: what an answer's numbers must be. It takes nothing from
 * src/locate but the types of what goes in, does without tables and cut-offs, and looks at every pair.
 */
import type { GeoPoint } from '../../src/domain/geo-point.js';
import type { Place } from '../../src/domain/place.js';
import { continentOf } from '../../src/geo/continents.js';
import type { BlendProfile } from '../../src/locate/blend-profile.js';
import type { Hints } from '../../src/locate/hints.js';
import type { SelfSimilarity } from '../../src/references/summaries.js';

export interface BookReference {
  readonly id: string;
  readonly vector: Float32Array;
  readonly point: GeoPoint;
  readonly iso2?: string | null;
  readonly sequence?: string | null;
}

export interface BookWorld {
  readonly query: Float32Array;
  readonly logitScale: number;
  /** Without what the query excludes. */
  readonly references: readonly BookReference[];
  readonly places: readonly Place[];
  /** Countries that are split into regions. */
  readonly split: ReadonlySet<string>;
  /** The vector of a place's caption; null for an index without captions. */
  readonly caption: ((id: string) => Float32Array) | null;
  readonly own: SelfSimilarity | null;
}

const R = 6371;

// 1. What is given

const directions = new WeakMap<GeoPoint, readonly [number, number, number]>();

/** The unit vector from the Earth's centre. */
function direction(point: GeoPoint): readonly [number, number, number] {
  const known = directions.get(point);
  if (known) return known;
  const [phi, lambda] = [(point.lat * Math.PI) / 180, (point.lon * Math.PI) / 180];
  const made = [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)] as const;
  directions.set(point, made);
  return made;
}

function chordSquared(a: GeoPoint, b: GeoPoint): number {
  const [u, v] = [direction(a), direction(b)];
  return (u[0] - v[0]) ** 2 + (u[1] - v[1]) ** 2 + (u[2] - v[2]) ** 2;
}

function kmBetween(a: GeoPoint, b: GeoPoint): number {
  return 2 * R * Math.asin(Math.min(1, Math.sqrt(chordSquared(a, b)) / 2));
}

function kernel(x: GeoPoint, y: GeoPoint, sigmaKm: number): number {
  const kappa = (R / sigmaKm) ** 2;
  const logPeak = Math.log(kappa) - Math.log(2 * Math.PI) - Math.log(1 - Math.exp(-2 * kappa)) - 2 * Math.log(R);
  return Math.exp(logPeak - (kappa * chordSquared(x, y)) / 2);
}

function priorDensity(x: GeoPoint, cities: readonly Place[]): number {
  const roots = total(cities, (city) => Math.sqrt(city.population));
  const near = total(cities, (city) => Math.sqrt(city.population) * kernel(x, city.point, 50));
  return (0.9 * near) / roots + 0.1 / (4 * Math.PI * R * R);
}

// 2. Neighbours

interface Hit extends BookReference {
  readonly score: number;
}

interface Group {
  readonly representative: Hit;
  readonly size: number;
}

function groupsOf(
  hits: readonly Hit[],
  { group_distance_m: metres, groups: most }: Pick<Retrieval, GroupKeys>,
): Group[] {
  const groups: { representative: Hit; size: number }[] = [];
  for (const hit of hits.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))) {
    const joined = groups.find(
      ({ representative: one }) =>
        (hit.sequence != null && hit.sequence === one.sequence) || 1000 * kmBetween(hit.point, one.point) <= metres,
    );
    if (joined) joined.size++;
    else if (groups.length < most) groups.push({ representative: hit, size: 1 });
  }
  return groups;
}

type Retrieval = BlendProfile['retrieval'];
type GroupKeys = 'group_distance_m' | 'groups';

function weightsOf(cosines: readonly number[], { kernel: name, temperature }: Retrieval): number[] {
  const best = Math.max(...cosines);
  return shares(
    cosines.map((c) =>
      name === 'vo'
        ? (Math.max(2 - 2 * c, 1e-6) / Math.max(2 - 2 * best, 1e-6)) ** -10
        : Math.exp((c - best) / temperature),
    ),
  );
}

function spotShare([first, second, ...others]: readonly number[], spot: Retrieval['same_spot']): number {
  if (spot === null || first === undefined || second === undefined || others.length < 8 || second >= 1) return 0;
  return 1 / (1 + Math.exp(((1 - first) / (1 - second) - spot.ratio) / spot.width));
}

function gateOf(
  best: number | undefined,
  m: number,
  own: SelfSimilarity | null,
  { lo, hi, tau, delta }: Retrieval['not_indexed'],
): number {
  if (best === undefined) return 1;
  const middle = tau ?? (own && own.q05 - (own.q25 - own.q05));
  const width = delta ?? (own && Math.max((own.q25 - own.q05) / 4, 1e-4));
  if (middle === null || width === null) return lo + ((1 - m) * (hi - lo)) / 2;
  return lo + ((1 - m) * (hi - lo)) / (1 + Math.exp((best - middle) / width));
}

// 3. What the index knows of itself

/** Each country's mean over the founders of its groups, groups being formed by ascending id. */
function countryMeans(references: readonly BookReference[]): Map<string, number[]> {
  const founders: BookReference[] = [];
  const sequences = new Set<string>();
  for (const one of references.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const known = one.sequence != null && sequences.has(one.sequence);
    if (one.sequence != null) sequences.add(one.sequence);
    if (!known && founders.every((founder) => kmBetween(founder.point, one.point) > 0.025)) founders.push(one);
  }
  const means = new Map<string, number[]>();
  for (const iso2 of new Set(founders.flatMap((one) => one.iso2 ?? []))) {
    const vectors = founders.filter((one) => one.iso2 === iso2).map(({ vector }) => [...vector]);
    means.set(
      iso2,
      vectors.reduce(plus).map((value) => value / vectors.length),
    );
  }
  return means;
}

function coverageOf(best: number | undefined, own: SelfSimilarity | null) {
  if (best === undefined) return { best_score: null, quantile: null, covered: false };
  if (own === null) return { best_score: best, quantile: null, covered: null };
  const above = own.quantiles.findIndex(([, cosine]) => cosine > best);
  const [low, high] = [own.quantiles[above - 1], own.quantiles[above]];
  let quantile = above === -1 ? 1 : 0;
  if (low && high) quantile = low[0] + ((high[0] - low[0]) * (best - low[1])) / (high[1] - low[1]);
  return { best_score: best, quantile, covered: best >= own.q05 };
}

// 4. Captions

interface Leaf {
  readonly place: Place;
  readonly rest: boolean;
  readonly probability: number;
  /** P(area) π_city; 0 for a rest. */
  readonly byArea: number;
  /** h of section 12. */
  readonly hint: number;
}

interface Speaking {
  readonly countries: readonly { readonly place: Place; readonly probability: number }[];
  readonly regions: readonly { readonly place: Place; readonly probability: number }[];
  /** Rests in the order of the areas, then the scored cities. */
  readonly leaves: readonly Leaf[];
}

function scoreCaptions(
  world: BookWorld,
  caption: (id: string) => Float32Array,
  profile: BlendProfile['captions'],
  hint: HintRule,
): Speaking {
  const { logitScale: s, places, split, query } = world;
  const people = (place: Place) => Math.max(1, place.population) ** profile.population_exponent;
  const countries = places.filter(({ level }) => level === 'country');
  const areas = countries.flatMap((country) => {
    const regions = places.filter(({ level, iso2 }) => level === 'region' && iso2 === country.iso2);
    const own = split.has(country.iso2) && regions.length > 0 ? regions : [country];
    const whole = total(own, people);
    return own.map((place) => {
      const cities = places
        .filter(({ level, iso2, regionId }) => level === 'city' && (iso2 === place.id || regionId === place.id))
        .sort((a, b) => b.population - a.population);
      const citizens = total(cities, people);
      return {
        ...{ place, country, pi: place.level === 'country' ? 1 : people(place) / whole },
        cities: cities.map((city) => ({ place: city, pi: people(city) / citizens })),
      };
    });
  });
  const regions = areas.flatMap(({ place }) => (place.level === 'region' ? [place] : []));

  const means = countryMeans(world.references);
  const lambda = ({ iso2 }: Place) => {
    const others = means.size - (means.has(iso2) ? 1 : 0);
    return others / (others + profile.bias_countries);
  };
  const meanLogit = ({ id, iso2 }: Place) => {
    const others = [...means].flatMap(([country, mean]) => (country === iso2 ? [] : [mean]));
    return (s * dot(caption(id), others.reduce(plus))) / others.length;
  };
  const biased = means.size >= 10;
  const middles = biased && {
    country: median(countries.map(meanLogit)),
    region: median(regions.map(meanLogit)),
    city: 0,
  };
  const z = (place: Place) =>
    s * dot(query, caption(place.id)) - (middles ? lambda(place) * (meanLogit(place) - middles[place.level]) : 0);

  const origin = total(countries, z) / countries.length;
  const masses = softmax(
    areas.map(({ place, pi }) => {
      const { country, region } = profile.temperature;
      return Math.log(pi) + (z(place) - origin) / (place.level === 'country' ? country : region);
    }),
  );
  const weighed = areas.map((area, a) => {
    const factors = [area.place, ...area.cities.map(({ place }) => place)].map((place) => hint.factor(place));
    return { ...area, probability: nth(masses, a), hint: Math.max(...factors) };
  });

  const scored = new Set<Place>();
  const whole = total(weighed, (area) => area.probability * area.hint);
  let held = 0;
  const asked = weighed
    .toSorted((a, b) => b.probability * b.hint - a.probability * a.hint)
    .filter((area) => {
      const open = held < 0.99;
      held += (area.probability * area.hint) / whole;
      return open;
    })
    .flatMap((area) =>
      area.cities.map(({ place, pi }) => ({ place, before: area.probability * pi * hint.factor(place) })),
    )
    .sort((a, b) => b.before - a.before);
  for (const { place } of asked.slice(0, 2000)) scored.add(place);

  const rests: Leaf[] = [];
  const leaves: Leaf[] = [];
  for (const area of weighed) {
    const cities = area.cities.filter(({ place }) => scored.has(place));
    const left = cities.length === 0 ? 1 : profile.rest;
    rests.push({ ...area, rest: true, probability: area.probability * left, byArea: 0 });
    const parts = softmax(cities.map(({ place, pi }) => Math.log(pi) + z(place) / profile.temperature.city));
    cities.forEach(({ place, pi }, i) => {
      const probability = area.probability * (1 - profile.rest) * nth(parts, i);
      leaves.push({ place, rest: false, probability, byArea: area.probability * pi, hint: hint.factor(place) });
    });
  }
  return {
    countries: countries.map((place) => ({
      place,
      probability: total(weighed, (area) => (area.country === place ? area.probability : 0)),
    })),
    regions: weighed.filter(({ place }) => place.level === 'region'),
    leaves: [...rests, ...leaves],
  };
}

/** The places that speak, together Q. */
function placesThatSpeak({ leaves }: Speaking, count: number): Leaf[] {
  const possible = leaves.filter(({ probability }) => probability > 0);
  const own = possible.toSorted((a, b) => b.probability * b.hint - a.probability * a.hint);
  const cities = possible.filter(({ rest }) => !rest).sort((a, b) => b.byArea * b.hint - a.byArea * a.hint);
  const chosen = new Set(own.slice(0, count - Math.floor(count / 4)));
  for (const leaf of [...cities, ...own]) if (chosen.size < count) chosen.add(leaf);
  const whole = total([...chosen], ({ probability }) => probability);
  return own.filter((leaf) => chosen.has(leaf)).map((leaf) => ({ ...leaf, probability: leaf.probability / whole }));
}

// 5 to 7. Support, sides, blend

interface Spot {
  readonly point: GeoPoint;
  iso2: string | null;
}

interface Judgement {
  readonly groups: readonly Group[];
  readonly speaking: Speaking | null;
  readonly places: readonly Leaf[];
  readonly spots: readonly Spot[];
  readonly notIndexed: number;
  readonly groupRows: readonly (readonly number[])[];
  readonly placeRows: readonly (readonly number[])[];
  readonly retrieval: readonly number[] | null;
  readonly captions: readonly number[] | null;
  /** With the hints in. */
  readonly probability: readonly number[];
  readonly retrievalNats: readonly number[];
  readonly captionsNats: readonly number[];
  readonly hinted: (mass: readonly number[]) => number[];
}

function judge(world: BookWorld, profile: BlendProfile, hint: HintRule): Judgement {
  const cities = world.places.filter(({ level }) => level === 'city');
  const hits = world.references.map((one) => ({ ...one, score: dot(world.query, one.vector) }));
  const groups = hint.groups(hits, groupsOf(hits, profile.retrieval), profile.retrieval);
  const cosines = groups.map(({ representative }) => representative.score);
  const weights = weightsOf(cosines, profile.retrieval);
  const m = spotShare(cosines, profile.retrieval.same_spot);
  const notIndexed = gateOf(cosines[0], m, world.own, profile.retrieval.not_indexed);

  const speaking = world.caption && scoreCaptions(world, world.caption, profile.captions, hint);
  const present: Spot[] = groups.map(({ representative: { point, iso2 } }) => ({ point, iso2: iso2 ?? null }));
  let places = speaking === null ? [] : placesThatSpeak(speaking, 100);
  const anchors = hint.anchors([...present, ...places.map(({ place }) => place)]);
  if (speaking !== null && anchors.length > 0) places = placesThatSpeak(speaking, 100 - anchors.length);

  const spots: Spot[] = [];
  const join = ({ point, iso2 }: Spot): number => {
    const at = spots.findIndex((spot) => 1000 * kmBetween(spot.point, point) <= profile.retrieval.group_distance_m);
    const spot = spots[at];
    if (spot === undefined) return spots.push({ point, iso2 }) - 1;
    spot.iso2 ??= iso2;
    return at;
  };
  const groupAt = present.map(join);
  const placeAt = places.map(({ place }) => join(place));
  for (const anchor of anchors) join(anchor);

  const scale = profile.blend.area_scale_km;
  const area = spots.map(({ point }) => 1 / total(spots, (other) => kernel(point, other.point, scale)));
  const prior = shares(spots.map(({ point }, j) => priorDensity(point, cities) * nth(area, j)));

  const row = (own: number, density: (spot: Spot) => number): number[] => {
    const values = spots.map((spot, j) => density(spot) * nth(area, j));
    return values.some((value) => value > 0) ? shares(values) : spots.map((_, j) => (j === own ? 1 : 0));
  };
  const { scales_km, scale_weights, same_spot } = profile.retrieval;
  const groupRows = groups.map((_, i) => {
    const { point } = nth(spots, nth(groupAt, i));
    const own = row(nth(groupAt, i), (spot) =>
      total(scales_km, (sigma, k) => nth(scale_weights, k) * kernel(spot.point, point, sigma)),
    );
    if (i > 0 || same_spot === null) return own.map((share) => share * nth(weights, i));
    const spot = row(nth(groupAt, i), (one) => kernel(one.point, point, same_spot.km));
    return own.map((share, j) => nth(weights, i) * ((1 - m) * share + m * nth(spot, j)));
  });
  const placeRows = places.map(({ place, rest, probability }, p) => {
    const inBorders = rest && place.level === 'country';
    const { point } = nth(spots, nth(placeAt, p));
    const sigma = Math.max(3, reachKm(place, cities) / Math.SQRT2);
    const density = (spot: Spot) => (inBorders ? Number(spot.iso2 === place.iso2) : kernel(spot.point, point, sigma));
    return row(nth(placeAt, p), density).map((share) => share * probability);
  });
  const side = (rows: readonly (readonly number[])[], floor: number) =>
    rows.length === 0
      ? null
      : spots.map((_, j) => (1 - floor) * total(rows, (one) => nth(one, j)) + floor * nth(prior, j));
  const retrieval = side(groupRows, notIndexed);
  const captions = side(placeRows, profile.captions.floor);

  const log = (mass: readonly number[]) => mass.map((value, j) => Math.log(value / nth(area, j)));
  const asked = profile.blend;
  const alpha = retrieval === null ? 0 : asked.alpha;
  const beta = captions === null ? 0 : asked.beta;
  const gamma = gammaLeft(asked, alpha, beta);
  const raw = log(captions ?? prior).map((value) => beta * value);
  const bounded = beta > 0 && (alpha > 0 || gamma !== 0);
  const least = bounded ? Math.max(...raw) - asked.evidence_limit_nats : Number.NEGATIVE_INFINITY;
  const c = raw.map((value) => Math.max(value, least));
  const [logRetrieval, logPrior] = [log(retrieval ?? prior), log(prior)];
  const nothingLeft =
    alpha === 0 && beta === 0 && gamma === 0 && asked.alpha + asked.beta + Math.max(0, asked.gamma) > 0;
  const blended = nothingLeft
    ? prior
    : softmax(
        spots.map(
          (_, j) => Math.log(nth(area, j)) + alpha * nth(logRetrieval, j) + nth(c, j) + gamma * nth(logPrior, j),
        ),
      );
  const factors = spots.map((spot) => hint.factor(spot));
  const hinted = (mass: readonly number[]) => shares(mass.map((value, j) => value * nth(factors, j)));
  return {
    ...{ groups, speaking, places, spots, notIndexed, groupRows, placeRows, retrieval, captions, hinted },
    probability: hinted(blended),
    retrievalNats: prior.map((p, j) => (retrieval === null ? 0 : alpha * Math.log(nth(retrieval, j) / p))),
    captionsNats: logPrior.map((value, j) => (beta === 0 ? 0 : nth(c, j) - beta * value)),
  };
}

/** γ′ where the exponents α and β are left of those that were asked for. */
export function gammaLeft(asked: BlendProfile['blend'], alpha: number, beta: number): number {
  if (asked.gamma >= 0) return asked.gamma;
  return Math.min(0, asked.gamma + Math.max(0, asked.alpha - alpha) + Math.max(0, asked.beta - beta));
}

function reachKm(place: Place, cities: readonly Place[]): number {
  if (place.level === 'city') return Math.sqrt(place.population / (2500 * Math.PI));
  const own = cities.filter(({ iso2, regionId }) => iso2 === place.id || regionId === place.id);
  const squares = total(own, (city) => city.population * kmBetween(city.point, place.point) ** 2);
  return Math.max(
    25,
    Math.sqrt(
      squares /
        Math.max(
          1,
          total(own, (city) => city.population),
        ),
    ),
  );
}

// 8 and 9. Decision, candidates and circles

type Factors = { readonly radius_50: number; readonly radius_90: number } | null;

interface Candidate {
  readonly at: number;
  readonly probability: number;
  readonly radius50: number;
  readonly radius90: number;
}

function utilityOf(km: number, name: BlendProfile['decision']['utility']): number {
  if (name === 'distance') return -km;
  if (name === 'geoscore') return Math.exp(-km / 1492.7);
  return total([1, 25, 200, 750, 2500], (r) => 1 / (1 + (km / r) ** 4)) / 5;
}

function spreadOf(spots: readonly Spot[], mass: readonly number[]): number {
  const expected = spots.map((x) =>
    total(spots, (y, j) => nth(mass, j) * utilityOf(kmBetween(x.point, y.point), 'default')),
  );
  return Math.min(1, Math.max(0, 1 - Math.max(...expected)));
}

function candidatesOf(
  spots: readonly Spot[],
  mass: readonly number[],
  utility: BlendProfile['decision']['utility'],
  factors: Factors,
): Candidate[] {
  const km = spots.map((x) => spots.map((y) => kmBetween(x.point, y.point)));
  const worth = km.map((row) => row.map((one) => utilityOf(one, utility)));
  const taker = new Map<number, number>();
  const chosen: { readonly at: number; readonly probability: number }[] = [];
  while (chosen.length < 5) {
    const left = mass.map((value, j) => (taker.has(j) ? 0 : value));
    const expected = worth.map((row) => total(left, (value, j) => value * nth(row, j)));
    const free = [...spots.keys()].filter((j) => !taker.has(j));
    if (free.length === 0) break;
    const at = free.reduce((best, j) => (nth(expected, j) > nth(expected, best) ? j : best));
    const near = free.filter((j) => nth(nth(km, at), j) <= 100);
    const probability = total(near, (j) => nth(mass, j));
    if (chosen.length > 0 && probability < 0.01) break;
    for (const j of near) taker.set(j, chosen.length);
    chosen.push({ at, probability });
  }
  const candidates = chosen.map(({ at, probability }, c) => {
    const row = nth(km, at);
    const own = mass.map((value, j) => {
      const taken = (taker.get(j) ?? 5) < c;
      const nearest = chosen.every((other) => nth(row, j) <= nth(nth(km, other.at), j));
      return c === 0 || (!taken && nearest) ? value : 0;
    });
    const radius = (share: number, factor: number) =>
      Math.min(20_015, factor * Math.hypot(quantileOf(row, own, share), 5));
    const radius50 = radius(0.5, c === 0 ? (factors?.radius_50 ?? 1) : 1);
    const radius90 = Math.max(radius50, radius(0.9, c === 0 ? (factors?.radius_90 ?? 1) : 1));
    return { at, probability, radius50, radius90 };
  });
  return [...candidates.slice(0, 1), ...candidates.slice(1).sort((a, b) => b.probability - a.probability)];
}

function quantileOf(km: readonly number[], mass: readonly number[], share: number): number {
  const whole = total(mass, (value) => value);
  const order = [...km.keys()].filter((j) => nth(mass, j) > 0).sort((a, b) => nth(km, a) - nth(km, b));
  let held = 0;
  for (const j of order) {
    held += nth(mass, j);
    if (held >= share * whole) return nth(km, j);
  }
  return nth(km, order.at(-1) ?? 0);
}

// 11. Calibration

function factorsOf(calibration: BlendProfile['calibration'], notIndexed: number, spread: number): Factors {
  if (calibration === null) return null;
  const binOf = (value: number, edges: readonly number[]) => edges.filter((edge) => value > edge).length;
  const bin = nth(calibration.bins, binOf(notIndexed, calibration.not_indexed_edges));
  const at = binOf(spread, bin.spread_edges);
  return { radius_50: nth(bin.radius_50, at), radius_90: nth(bin.radius_90, at) };
}

function verdictOf(
  { spots, probability }: Judgement,
  answer: Candidate,
  spread: number,
  covered: boolean | null,
  calibration: BlendProfile['calibration'],
) {
  const { point, iso2 } = nth(spots, answer.at);
  const continent = continentOf(iso2);
  const massWhere = (holds: (spot: Spot) => boolean) =>
    total(probability, (value, j) => (holds(nth(spots, j)) ? value : 0));
  const town = massWhere((spot) => kmBetween(spot.point, point) <= 25);
  const region = massWhere((spot) => kmBetween(spot.point, point) <= 200);
  const inCountry = iso2 === null ? 0 : massWhere((spot) => spot.iso2 === iso2);
  const onContinent = continent === null ? 0 : massWhere((spot) => continentOf(spot.iso2) === continent);
  const masses = { town, region, country: inCountry, continent: onContinent };
  const level =
    (['town', 'region', 'country', 'continent'] as const).find(
      (one) => masses[one] >= 0.8 && (covered === true || one === 'country' || one === 'continent'),
    ) ?? null;
  const spreads = level === null || level === 'continent' ? null : calibration?.levels?.[level];
  let word: string = level === null && covered !== true ? 'unknown' : 'unsure';
  if (spreads?.likely != null && spread <= spreads.likely) word = 'likely';
  if (spreads?.sure != null && spread <= spreads.sure) word = 'sure';
  if (!calibration?.levels) word = 'not_checked';
  return {
    ...{ word, level },
    probability: level && masses[level],
    risk: { sure: 0.05, likely: 0.2 }[word] ?? null,
    roll_up: {
      ...{ town, region },
      country: { iso2, probability: inCountry },
      continent: { code: continent, probability: onContinent },
    },
  };
}

// 12. Hints

/** What a hint does in each step; without one it changes nothing. */
interface HintRule {
  factor(spot: { readonly point: GeoPoint; readonly iso2: string | null }): number;
  agrees(spot: { readonly point: GeoPoint; readonly iso2?: string | null }): boolean;
  groups(hits: readonly Hit[], groups: readonly Group[], retrieval: Retrieval): readonly Group[];
  anchors(present: readonly Spot[]): readonly Spot[];
}

const UNHINTED: HintRule = {
  factor: () => 1,
  agrees: () => true,
  groups: (_, groups) => groups,
  anchors: () => [],
};

/** Of countries and a rough point; boxes are not in the book's worlds. */
function hintRule({ country, excludeCountry = [], near }: Hints, cities: readonly Place[]): HintRule {
  const allows = (iso2: string | null) =>
    (country === undefined || (iso2 !== null && country.includes(iso2))) &&
    (iso2 === null || !excludeCountry.includes(iso2));
  const agrees: HintRule['agrees'] = ({ point, iso2 = null }) =>
    allows(iso2) && (near === undefined || kmBetween(point, near) <= 3 * near.uncertaintyKm);
  return {
    agrees,
    factor: ({ point, iso2 }) => {
      if (!allows(iso2)) return 0.001;
      const sigma = near?.uncertaintyKm ?? 1;
      return 0.001 + 0.999 * (near ? kernel(point, near, sigma) / kernel(near, near, sigma) : 1);
    },
    groups: (hits, groups, retrieval) => {
      const half = Math.floor(retrieval.groups / 2);
      const fitting = groups.filter(({ representative }) => agrees(representative));
      if (groups.length < retrieval.groups || fitting.length >= half) return groups;
      const found = groupsOf(hits.filter(agrees), { ...retrieval, groups: half });
      const regroup = (some: readonly Group[], most: number) => {
        const heads = new Map(some.map(({ representative }) => [representative.id, representative]));
        return groupsOf([...heads.values()], { ...retrieval, groups: most }).map(({ representative }) => {
          const sizes = some.flatMap((one) => (one.representative.id === representative.id ? [one.size] : []));
          return { representative, size: Math.max(...sizes) };
        });
      };
      const there = regroup([...fitting, ...found], half);
      const others = groups.filter((group) => !fitting.includes(group)).slice(0, retrieval.groups - there.length);
      return regroup([...there, ...others], retrieval.groups);
    },
    anchors: (present) => {
      const rough = near && !present.some(({ point }) => kmBetween(point, near) <= near.uncertaintyKm) ? [near] : [];
      const missing = (country ?? []).filter((iso2) => present.every((spot) => spot.iso2 !== iso2));
      return [
        ...rough.map(({ lat, lon }) => ({ point: { lat, lon }, iso2: nearestCity({ lat, lon }, cities).iso2 })),
        ...missing.flatMap((iso2) => {
          const [largest] = cities.filter((city) => city.iso2 === iso2).sort((a, b) => b.population - a.population);
          return largest ? [{ point: largest.point, iso2 }] : [];
        }),
      ];
    },
  };
}

function nearestCity(point: GeoPoint, cities: readonly Place[]): Place {
  return cities.reduce((best, city) => (kmBetween(city.point, point) < kmBetween(best.point, point) ? city : best));
}

// The whole answer

/**
 * The numbers of an answer's JSON, not rounded, and what tells whose they are.
 * @param profile as the query asks for it, with its own weights in place
 */
export function answerByTheBook(world: BookWorld, tuned: BlendProfile, hints?: Hints) {
  const cities = world.places.filter(({ level }) => level === 'city');
  const profile = hints ? { ...tuned, calibration: null } : tuned;
  const judged = judge(world, profile, hints ? hintRule(hints, cities) : UNHINTED);
  const { spots, groups, places, probability, retrieval, captions, speaking, hinted } = judged;
  const spread = spreadOf(spots, probability);
  const factors = factorsOf(profile.calibration, judged.notIndexed, spread);
  const { utility } = profile.decision;
  const found = candidatesOf(spots, probability, utility, factors);
  const answer = nth(found, 0);
  const coverage = coverageOf(groups[0]?.representative.score, world.own);
  const placeOf = (point: GeoPoint) => {
    const { name, iso2, point: own } = nearestCity(point, cities);
    return { name, iso2, distance_km: kmBetween(point, own) };
  };
  const alone = (mass: readonly number[] | null) => {
    if (mass === null) return null;
    const best = nth(candidatesOf(spots, hinted(mass), utility, null), 0);
    const { point } = nth(spots, best.at);
    return {
      ...{ point, place: placeOf(point), probability: best.probability, changes_answer: best.at !== answer.at },
      distance_km: kmBetween(point, nth(spots, answer.at).point),
    };
  };
  const described = found.map((candidate, c) => {
    const { point } = nth(spots, candidate.at);
    const witnesses = witnessesOf(judged, candidate.at, profile.captions.floor);
    return {
      ...{ point, place: placeOf(point), probability: candidate.probability },
      ...{ radius_50_km: candidate.radius50, radius_90_km: candidate.radius90 },
      radius_is: c > 0 ? 'conditional' : profile.calibration === null ? 'uncalibrated' : 'calibrated',
      because: {
        retrieval_nats: nth(judged.retrievalNats, candidate.at),
        captions_nats: nth(judged.captionsNats, candidate.at),
        neighbours: witnesses.flatMap(({ kind, id }) => (kind === 'neighbour' ? [id] : [])),
        captions: witnesses.flatMap(({ kind, id }) => (kind === 'caption' ? [id] : [])),
        witnesses,
      },
    };
  });
  const cited = new Set(described.flatMap(({ because }) => [...because.neighbours, ...because.captions]));
  const shown = (scores: readonly { readonly place: Place; readonly probability: number }[]) =>
    scores
      .toSorted((a, b) => b.probability - a.probability)
      .filter(({ place }, i) => i < 5 || cited.has(place.id))
      .map(({ place, probability: p }) => ({ id: place.id, level: place.level, probability: p }));
  return {
    spread,
    calibrated: profile.calibration !== null,
    verdict: verdictOf(judged, answer, spread, coverage.covered, profile.calibration),
    candidates: described,
    neighbours: groups
      .filter(({ representative: { id } }, i) => i < 10 || cited.has(id))
      .map(({ representative: { id, score, point }, size }) => ({ id, score, point, group_size: size })),
    captions: speaking
      ? [
          ...shown(speaking.countries),
          ...shown(speaking.regions),
          ...shown(speaking.leaves.filter(({ rest }) => !rest)),
        ]
      : [],
    index_coverage: coverage,
    posterior: spots
      .map(({ point }, j) => ({ point, probability: nth(probability, j) }))
      .filter(({ probability: p }) => p >= 0.000_499_5)
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 300),
    blend: {
      ...{ alpha: profile.blend.alpha, beta: profile.blend.beta, gamma: profile.blend.gamma, utility },
      not_indexed_probability: judged.notIndexed,
      retrieval_alone: alone(retrieval),
      captions_alone: alone(captions),
    },
    hints: hints ? describeHints(world, profile, hints, nth(spots, answer.at).point) : null,
    places: places.length,
  };
}

// 10. Because

function witnessesOf({ groups, places, spots, groupRows, placeRows, ...judged }: Judgement, at: number, floor: number) {
  const { point } = nth(spots, at);
  const strongest = (rows: readonly (readonly number[])[], kept: number, side: readonly number[] | null) =>
    side === null
      ? []
      : rows
          .map((one, i) => ({ i, share: ((1 - kept) * nth(one, at)) / nth(side, at) }))
          .sort((a, b) => b.share - a.share)
          .slice(0, 5)
          .filter(({ share }) => share >= 0.05);
  const neighbours = strongest(groupRows, judged.notIndexed, judged.retrieval).map(({ i, share }) => {
    const { id, score, point: own } = nth(groups, i).representative;
    return { kind: 'neighbour', id, share, score, distance_km: kmBetween(point, own) };
  });
  const captions = new Map<string, { kind: string; id: string; share: number; distance_km: number | null }>();
  for (const { i, share } of strongest(placeRows, floor, judged.captions)) {
    const { place, rest } = nth(places, i);
    captions.set(place.id, {
      ...{ kind: 'caption', id: place.id, share: share + (captions.get(place.id)?.share ?? 0) },
      distance_km: rest && place.level === 'country' ? null : kmBetween(point, place.point),
    });
  }
  return [...neighbours, ...captions.values()];
}

function describeHints(world: BookWorld, profile: BlendProfile, hints: Hints, hintedAnswer: GeoPoint) {
  const cities = world.places.filter(({ level }) => level === 'city');
  const without = judge(world, profile, UNHINTED);
  const rule = hintRule(hints, cities);
  const [answer] = candidatesOf(without.spots, without.probability, profile.decision.utility, null);
  const { point } = nth(without.spots, answer?.at ?? 0);
  const { near } = hints;
  return {
    given: near ? { near: { lat: near.lat, lon: near.lon, uncertainty_km: near.uncertaintyKm } } : {},
    agreeing_mass_without: total(without.probability, (p, j) => (rule.agrees(nth(without.spots, j)) ? p : 0)),
    changed: 1000 * kmBetween(point, hintedAnswer) > profile.retrieval.group_distance_m,
    without: { point, place: { distance_km: kmBetween(point, nearestCity(point, cities).point) } },
  };
}

// Sums and shares

function total<T>(values: readonly T[], of: (value: T, i: number) => number): number {
  return values.reduce((sum, value, i) => sum + of(value, i), 0);
}

function nth<T>(values: readonly T[], i: number): T {
  const value = values[i];
  if (value === undefined) throw new RangeError(`Expected a value at ${i} of ${values.length}.`);
  return value;
}

function dot(a: Float32Array, b: ArrayLike<number>): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

function plus(a: number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + nth(b, i));
}

function shares(values: readonly number[]): number[] {
  const sum = total(values, (value) => value);
  return values.map((value) => value / sum);
}

function softmax(logs: readonly number[]): number[] {
  const most = Math.max(...logs);
  return shares(logs.map((log) => Math.exp(log - most)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? 0 : (low + high) / 2;
}
