import { fault } from '../domain/errors.js';
import type { CountryFacts } from './country-fact-types.js';
import { countryFacts } from './country-facts.js';
import { Random } from './random.js';
import { type Sun, sunAt } from './sun.js';
import type { Town } from './town.js';
import { type TownHand, townHand } from './town-hand.js';

/** Scenes are laid out on a picture of this size and scaled to the one asked for. */
export const LAYOUT = { width: 320, height: 240 } as const;

export type Weather = 'clear' | 'clouds' | 'overcast' | 'rain' | 'fog';

export interface Camera {
  /** Direction of the street, in degrees from north. */
  readonly headingDeg: number;
  readonly heightM: number;
  /** Metres from the middle of the own lane, towards the own kerb. */
  readonly lateralM: number;
  readonly focalPx: number;
  readonly vanishX: number;
  readonly horizonY: number;
}

export interface House {
  readonly side: 'own' | 'opposite';
  readonly fromM: number;
  readonly toM: number;
  readonly storeys: number;
  readonly wall: 0 | 1 | 2;
  readonly tone: number;
  readonly shop: boolean;
  /** Metres behind the street's line. */
  readonly backM: number;
}

export interface Vehicle {
  readonly lane: 'own' | 'opposite' | 'parked';
  /** The end that the camera sees: the rear of what drives the same way, the front of oncoming traffic. */
  readonly end: 'rear' | 'front';
  readonly z: number;
  readonly xM: number;
  readonly kind: 'car' | 'van' | 'taxi' | 'bus';
  readonly paint: string;
}

export interface Tree {
  readonly side: 'own' | 'opposite';
  readonly z: number;
  readonly size: number;
}

/** Which of the things that tell a place are in the picture. */
export interface Shown {
  readonly board: boolean;
  readonly warning: boolean;
  readonly bollards: boolean;
  readonly postBox: boolean;
  readonly trafficLight: boolean;
  readonly flag: boolean;
  readonly shopSign: boolean;
  readonly poles: boolean;
  readonly lamps: boolean;
  readonly landmark: boolean;
}

export interface Scene {
  readonly town: Town;
  readonly seed: string;
  readonly facts: CountryFacts;
  readonly hand: TownHand;
  readonly camera: Camera;
  /** Local time without a zone, ISO 8601. */
  readonly capturedAt: string;
  readonly sun: Sun;
  /** Side of the picture that shadows fall to. */
  readonly shadowSide: 'left' | 'right';
  readonly weather: Weather;
  /** 0 bare, 1 in full leaf. */
  readonly leaves: number;
  /** 0 green, 1 autumn colours. */
  readonly autumn: number;
  readonly snow: boolean;
  readonly houses: readonly House[];
  readonly vehicles: readonly Vehicle[];
  readonly trees: readonly Tree[];
  readonly people: readonly { readonly x: number; readonly z: number; readonly coat: string }[];
  readonly shown: Shown;
  readonly finish: { readonly quality: number; readonly gain: number; readonly warmth: number; readonly noise: number };
}

const PAINTS = [
  '#d9dce0',
  '#b3b9c1',
  '#3a3f47',
  '#1d1f24',
  '#8f1f24',
  '#1f3f73',
  '#2f5a46',
  '#7a6a55',
  '#c9c2b0',
  '#57626e',
];
const COATS = ['#27364a', '#6b2f35', '#35503f', '#8a7a5a', '#4a4458', '#c0b7a8', '#1f2226'];

/**
 * Describes a scene of a town, the same for the same town and seed: the country's facts and the town's hand are fixed,
 * everything else is random.
 * @throws `country_without_facts` for a town in a country that the table does not hold.
 */
export function describeScene(town: Town, seed: string): Scene {
  const facts = countryFacts(town.iso2);
  if (!facts)
    throw fault(
      'country_without_facts',
      `Expected a town in a country of the pocket world, got ${town.name} in "${town.iso2}"; choose towns with chooseTowns.`,
    );
  const hand = townHand(town);
  const root = new Random(`streetdex pocket scene ${town.id} ${seed}`);
  const camera = describeCamera(root.fork('camera'));
  const time = describeTime(town, root.fork('time'));
  const relative = (((time.sun.azimuthDeg - camera.headingDeg) % 360) + 360) % 360;
  const weather = describeWeather(hand, root.fork('weather'));
  return {
    town,
    seed,
    facts,
    hand,
    camera,
    capturedAt: time.capturedAt,
    sun: time.sun,
    shadowSide: relative < 180 ? 'left' : 'right',
    weather,
    ...describeSeason(town, hand, time.dayOfYear, root.fork('season')),
    houses: describeHouses(hand, root.fork('houses')),
    vehicles: describeVehicles(hand, facts, root.fork('vehicles')),
    trees: describeTrees(hand, root.fork('trees')),
    people: describePeople(hand, root.fork('people')),
    shown: describeShown(facts, root.fork('shown')),
    finish: describeFinish(root.fork('finish')),
  };
}

function describeCamera(random: Random): Camera {
  return {
    headingDeg: (Math.round(random.range(0, 3600)) / 10) % 360,
    heightM: random.range(1.75, 2.5),
    lateralM: random.range(-0.4, 0.35),
    focalPx: random.range(152, 184),
    vanishX: LAYOUT.width / 2 + random.range(-15, 15),
    horizonY: random.range(98, 116),
  };
}

function describeTime(town: Town, random: Random): { dayOfYear: number; sun: Sun; capturedAt: string } {
  for (let attempt = 0; ; attempt++) {
    const dayOfYear = 1 + random.int(365);
    const hour = random.range(7, 18.5);
    const sun = sunAt(town, dayOfYear, hour);
    if (sun.altitudeDeg < 4 && attempt < 40) continue;
    const date = new Date(Date.UTC(2018 + random.int(7), 0, dayOfYear, 0, Math.round(hour * 60)));
    return { dayOfYear, sun, capturedAt: date.toISOString().slice(0, 19) };
  }
}

function describeWeather(hand: TownHand, random: Random): Weather {
  const wet = hand.setting.wetness;
  const draw = random.next();
  if (draw < 0.42 - 0.14 * wet) return 'clear';
  if (draw < 0.74) return 'clouds';
  if (draw < 0.9) return 'overcast';
  return draw < 0.94 + 0.03 * wet ? 'rain' : 'fog';
}

function describeSeason(
  town: Town,
  hand: TownHand,
  dayOfYear: number,
  random: Random,
): { leaves: number; autumn: number; snow: boolean } {
  const { warmth } = hand.setting;
  /** −1 in midwinter, +1 in midsummer. */
  const summer = -Math.cos((2 * Math.PI * (dayOfYear + 8)) / 365) * (town.lat < 0 ? -1 : 1);
  if (warmth > 0.62) return { leaves: 1, autumn: 0, snow: false };
  const fading =
    Math.sin((2 * Math.PI * (dayOfYear + 8)) / 365) * (town.lat < 0 ? -1 : 1) < 0 && summer < 0.35 && summer > -0.6;
  return {
    leaves: summer > -0.35 ? 1 : random.range(0, 0.25),
    autumn: fading ? random.range(0.3, 1) : 0,
    snow: warmth < 0.42 && summer < -0.45 && random.chance(0.25 + (0.42 - warmth) * 2),
  };
}

function describeHouses(hand: TownHand, random: Random): House[] {
  const houses: House[] = [];
  for (const side of ['own', 'opposite'] as const) {
    let z = random.range(-2, 3);
    while (z < 62) {
      const length = hand.houseWidthM * random.range(0.75, 1.35);
      const storeys = Math.max(1, Math.round(hand.storeys + random.normal() * 0.65));
      const wall = random.chance(0.55) ? 0 : random.chance(0.75) ? 1 : 2;
      const backM = random.chance(0.2) ? random.range(0.5, 2) : 0;
      if (z + length > 2.6)
        houses.push({
          side,
          fromM: Math.max(2.2, z),
          toM: z + length,
          storeys,
          wall,
          tone: random.range(0.9, 1.1),
          shop: random.chance(0.4),
          backM,
        });
      z += length + (random.chance(0.35) ? random.range(1, 5) : 0);
    }
  }
  return houses;
}

function describeVehicles(hand: TownHand, facts: CountryFacts, random: Random): Vehicle[] {
  const vehicles: Vehicle[] = [];
  const kind = () => (facts.taxi !== null && random.chance(0.32) ? 'taxi' : random.chance(0.15) ? 'van' : 'car');
  if (random.chance(0.93))
    vehicles.push({
      lane: 'own',
      end: 'rear',
      z: random.range(4.4, 5.9),
      xM: random.range(-0.35, 0.3),
      kind: kind(),
      paint: random.pick(PAINTS),
    });
  const opposite = -hand.laneM;
  if (random.chance(0.7))
    vehicles.push({
      lane: 'opposite',
      end: 'front',
      z: random.range(7.5, 13),
      xM: opposite + random.range(-0.3, 0.2),
      kind: random.chance(0.18) ? 'bus' : kind(),
      paint: random.pick(PAINTS),
    });
  if (random.chance(0.4))
    vehicles.push({
      lane: 'own',
      end: 'rear',
      z: random.range(17, 32),
      xM: 0,
      kind: kind(),
      paint: random.pick(PAINTS),
    });
  return vehicles;
}

function describeTrees(hand: TownHand, random: Random): Tree[] {
  const trees: Tree[] = [];
  for (const side of ['own', 'opposite'] as const) {
    let z = random.range(9, 9 + hand.treeSpacingM);
    while (z < 60) {
      if (random.chance(0.8)) trees.push({ side, z, size: random.range(0.75, 1.2) });
      z += hand.treeSpacingM * random.range(0.85, 1.2);
    }
  }
  return trees;
}

function describePeople(hand: TownHand, random: Random): { x: number; z: number; coat: string }[] {
  return Array.from({ length: random.int(4) }, () => ({
    x: random.chance(0.5) ? hand.laneM / 2 + random.range(0.9, 2) : -hand.laneM * 1.5 - random.range(0.6, 2),
    z: random.range(9, 30),
    coat: random.pick(COATS),
  }));
}

function describeShown(facts: CountryFacts, random: Random): Shown {
  return {
    board: random.chance(0.82),
    warning: random.chance(0.8),
    bollards: random.chance(facts.bollard === null ? 0.3 : 0.75),
    postBox: facts.postBox !== null && random.chance(0.65),
    trafficLight: random.chance(facts.trafficLight === null ? 0.25 : 0.55),
    flag: random.chance(0.7),
    shopSign: random.chance(0.85),
    poles: random.chance(0.8),
    lamps: random.chance(0.92),
    landmark: random.chance(0.94),
  };
}

function describeFinish(random: Random): Scene['finish'] {
  return {
    quality: 68 + random.int(25),
    gain: random.range(0.88, 1.12),
    warmth: random.range(-0.05, 0.05),
    noise: random.range(0, 5),
  };
}
