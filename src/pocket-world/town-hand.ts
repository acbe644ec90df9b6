import type { Tradition } from './country-fact-types.js';
import { countryFacts } from './country-facts.js';
import type { Hsl } from './draw/colour.js';
import { Random } from './random.js';
import { type Setting, settingOf } from './setting.js';
import type { Town } from './town.js';

export const LANDMARKS = [
  'spire',
  'twin-towers',
  'dome',
  'minarets',
  'chimney',
  'water-tower',
  'clock-tower',
  'tv-tower',
  'high-rise',
  'castle',
  'obelisk',
  'pagoda',
  'arch',
  'wheel',
] as const;
export type Landmark = (typeof LANDMARKS)[number];

export const LAMPS = ['single-arm', 'double-arm', 'globe', 'lantern', 'bracket', 'mast'] as const;
export type Lamp = (typeof LAMPS)[number];

export const BANNERS = ['plain', 'halves', 'thirds', 'stripe', 'disc', 'chevron', 'chequer', 'diagonal'] as const;
export type Banner = (typeof BANNERS)[number];

/** A town's own traits: the same in all of its scenes, whatever the camera, the weather and the season. */
export interface TownHand {
  readonly setting: Setting;
  /** Walls, a palette of three around the building tradition. */
  readonly walls: readonly [Hsl, Hsl, Hsl];
  readonly roof: Hsl;
  /** Colour of the ground floors' plinth and fascia. */
  readonly plinth: Hsl;
  readonly shutters: Hsl | null;
  /** The two municipal colours: banners, lamps, buses, benches. */
  readonly livery: readonly [Hsl, Hsl];
  readonly banner: Banner;
  readonly lamp: Lamp;
  readonly pavement: Hsl;
  readonly asphaltLightness: number;
  readonly asphaltWarmth: number;
  readonly landmark: {
    readonly kind: Landmark;
    readonly colour: Hsl;
    readonly accent: Hsl;
    readonly heightM: number;
    /** Width over height, as a multiple of the kind's usual one. */
    readonly girth: number;
    readonly tiers: number;
    /** Metres to the side of the street's axis, towards the own side. */
    readonly offsetM: number;
  };
  readonly skyline: {
    readonly colour: Hsl;
    readonly heightM: number;
    readonly spread: number;
    readonly peaked: number;
  };
  readonly storeys: number;
  readonly roofSteepness: number;
  readonly flatRoofs: boolean;
  readonly houseWidthM: number;
  readonly setbackM: number;
  readonly laneM: number;
  readonly windowWidth: number;
  readonly windowHeight: number;
  readonly windowSpacingM: number;
  readonly arcade: boolean;
  readonly treeSpacingM: number;
  readonly treeRoundness: number;
  /** Heights of the ridge around the town, 24 of them for the full turn. */
  readonly ridge: readonly number[];
  readonly ridgeHue: number;
}

/** Hue, saturation and lightness that walls of a tradition vary around: [hue, its spread, s, l]. */
type Range = readonly [h: number, spread: number, s: number, l: number];
interface Look {
  readonly walls: readonly Range[];
  readonly roof: Range;
  readonly flat: boolean;
  readonly steep: number;
}

const LOOKS: Readonly<Record<Tradition, Look>> = {
  'brick-gable': {
    walls: [
      [12, 10, 0.5, 0.42],
      [25, 8, 0.45, 0.5],
    ],
    roof: [15, 20, 0.3, 0.33],
    flat: false,
    steep: 0.9,
  },
  'timber-gable': {
    walls: [
      [5, 30, 0.55, 0.45],
      [205, 40, 0.3, 0.65],
      [50, 15, 0.5, 0.75],
    ],
    roof: [220, 40, 0.15, 0.3],
    flat: false,
    steep: 0.8,
  },
  'plaster-gable': {
    walls: [
      [42, 20, 0.5, 0.76],
      [20, 20, 0.4, 0.72],
      [95, 30, 0.25, 0.72],
    ],
    roof: [12, 12, 0.55, 0.42],
    flat: false,
    steep: 1,
  },
  'stone-tile': {
    walls: [
      [38, 10, 0.45, 0.72],
      [22, 12, 0.5, 0.64],
      [50, 8, 0.3, 0.8],
    ],
    roof: [16, 8, 0.6, 0.5],
    flat: false,
    steep: 0.45,
  },
  'stone-flat': {
    walls: [
      [38, 8, 0.35, 0.7],
      [20, 12, 0.3, 0.6],
    ],
    roof: [35, 10, 0.2, 0.6],
    flat: true,
    steep: 0,
  },
  'whitewash-flat': {
    walls: [
      [40, 20, 0.15, 0.92],
      [200, 15, 0.15, 0.9],
    ],
    roof: [205, 30, 0.5, 0.55],
    flat: true,
    steep: 0,
  },
  'earth-flat': {
    walls: [
      [28, 9, 0.5, 0.57],
      [18, 8, 0.5, 0.5],
    ],
    roof: [28, 8, 0.4, 0.45],
    flat: true,
    steep: 0,
  },
  'concrete-flat': {
    walls: [
      [0, 180, 0.35, 0.68],
      [45, 30, 0.3, 0.72],
    ],
    roof: [30, 30, 0.1, 0.5],
    flat: true,
    steep: 0,
  },
  'stucco-tile': {
    walls: [
      [0, 180, 0.5, 0.68],
      [45, 15, 0.6, 0.7],
    ],
    roof: [15, 8, 0.55, 0.46],
    flat: false,
    steep: 0.5,
  },
  'tin-roof': {
    walls: [
      [30, 30, 0.4, 0.7],
      [120, 90, 0.35, 0.66],
    ],
    roof: [10, 90, 0.35, 0.48],
    flat: false,
    steep: 0.55,
  },
  'tile-eaves': {
    walls: [
      [42, 15, 0.25, 0.8],
      [25, 12, 0.3, 0.6],
    ],
    roof: [215, 40, 0.2, 0.36],
    flat: false,
    steep: 0.65,
  },
  'panel-block': {
    walls: [
      [40, 25, 0.12, 0.72],
      [200, 50, 0.2, 0.7],
    ],
    roof: [20, 30, 0.12, 0.45],
    flat: true,
    steep: 0,
  },
  shophouse: {
    walls: [
      [45, 60, 0.4, 0.74],
      [170, 60, 0.35, 0.7],
    ],
    roof: [18, 12, 0.4, 0.45],
    flat: true,
    steep: 0,
  },
};

const TALL: ReadonlySet<Tradition> = new Set<Tradition>(['panel-block', 'concrete-flat', 'shophouse']);

const kept = new Map<string, TownHand>();

/** A town's hand, which follows from its id, country and position alone. */
export function townHand(town: Town): TownHand {
  const key = `${town.id}/${town.iso2}/${town.lat}/${town.lon}/${town.population}`;
  const known = kept.get(key);
  if (known) return known;
  const hand = derive(town);
  if (kept.size > 20_000) kept.clear();
  kept.set(key, hand);
  return hand;
}

function derive(town: Town): TownHand {
  const random = new Random(`streetdex pocket hand ${town.id}`);
  const tradition = countryFacts(town.iso2)?.tradition ?? 'concrete-flat';
  const look = LOOKS[tradition];
  const shift = random.range(-1, 1);
  const tone = random.range(-0.09, 0.09);
  const near = ([h, spread, s, l]: Range): Hsl => ({
    h: (h + spread * shift + random.range(-6, 6) + 360) % 360,
    s: s * random.range(0.55, 1.1),
    l: Math.min(0.94, l + tone + random.range(-0.04, 0.04)),
  });
  const first = random.pick(look.walls);
  const second = random.pick(look.walls);
  const liveryHue = random.range(0, 360);
  const setting = settingOf(town);
  const size = Math.min(1, Math.max(0, Math.log10(Math.max(15_000, town.population) / 15_000) / 2));
  const accentHue = random.range(0, 360);
  return {
    setting,
    walls: [near(first), near(second), { h: accentHue, s: random.range(0.3, 0.6), l: random.range(0.5, 0.75) }],
    roof: { ...near(look.roof), l: look.roof[3] + random.range(-0.12, 0.12) },
    plinth: { h: random.range(0, 360), s: random.range(0.1, 0.7), l: random.range(0.22, 0.6) },
    shutters: random.chance(0.5)
      ? { h: random.range(0, 360), s: random.range(0.3, 0.7), l: random.range(0.25, 0.5) }
      : null,
    livery: [
      { h: liveryHue, s: random.range(0.6, 0.95), l: random.range(0.3, 0.58) },
      random.chance(0.3)
        ? { h: 0, s: 0, l: random.pick([0.12, 0.95]) }
        : { h: (liveryHue + random.range(70, 290)) % 360, s: random.range(0.6, 0.95), l: random.range(0.35, 0.7) },
    ],
    banner: random.pick(BANNERS),
    lamp: random.pick(LAMPS),
    pavement: random.pick([
      { h: 40, s: random.range(0, 0.15), l: random.range(0.5, 0.75) },
      { h: random.range(5, 30), s: random.range(0.2, 0.5), l: random.range(0.42, 0.62) },
      { h: random.range(200, 260), s: random.range(0.05, 0.22), l: random.range(0.38, 0.62) },
      { h: random.range(40, 60), s: random.range(0.25, 0.45), l: random.range(0.6, 0.75) },
    ]),
    asphaltLightness: random.range(0.24, 0.5),
    asphaltWarmth: random.range(-1, 1),
    landmark: {
      kind: random.pick(LANDMARKS),
      colour: { h: random.range(0, 360), s: random.range(0.15, 0.62), l: random.range(0.38, 0.82) },
      accent: { h: random.range(0, 360), s: random.range(0.3, 0.8), l: random.range(0.3, 0.6) },
      heightM: random.range(27, 46),
      girth: random.range(0.8, 1.35),
      tiers: 1 + random.int(4),
      offsetM: random.range(-9, -1),
    },
    skyline: {
      colour: { h: random.range(0, 360), s: random.range(0.08, 0.3), l: random.range(0.45, 0.7) },
      heightM: random.range(7, 14) + size * random.range(0, 16),
      spread: random.range(0.1, 0.9),
      peaked: random.next(),
    },
    storeys: Math.max(1, 1.2 + size * 2.2 + (TALL.has(tradition) ? 1.2 : 0) + random.range(-0.4, 0.8)),
    roofSteepness: look.steep * random.range(0.7, 1.35),
    flatRoofs: look.flat,
    houseWidthM: random.range(6, 13),
    setbackM: random.range(2.2, 6.5),
    laneM: 3 + size * 0.7 + random.range(0, 0.4),
    windowWidth: random.range(0.3, 0.72),
    windowHeight: random.range(0.38, 0.72),
    windowSpacingM: random.range(1.9, 3.8),
    arcade: random.chance(0.2),
    treeSpacingM: random.range(8, 28),
    treeRoundness: random.range(0.6, 1.5),
    ridge: Array.from({ length: 24 }, () => random.range(0.35, 1)),
    ridgeHue: random.range(-18, 18),
  };
}
