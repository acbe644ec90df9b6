import { STREETCLIP_TEMPLATES } from '../../src/domain/caption.js';
import type { GeoPoint } from '../../src/domain/geo-point.js';
import type { Place } from '../../src/domain/place.js';
import { seededRandom as seeded } from '../../src/domain/seeded-random.js';
import { toUnitVector, type UnitVector } from '../../src/domain/unit-vector.js';
import { wrapLon } from '../../src/geo/box.js';
import { destination } from '../../src/geo/distance.js';
import { fromSphere } from '../../src/geo/sphere.js';
import { FakeCaptions } from './fake-captions.js';
import { FakeGazetteer } from './fake-gazetteer.js';
import { type FakeReference, FakeReferences } from './fake-references.js';

export { seeded };

export const TOY_DIMENSION = 24;

export interface ToyWorld {
  readonly places: readonly Place[];
  readonly split: ReadonlySet<string>;
  readonly references: readonly FakeReference[];
  readonly captions: FakeCaptions;
  readonly query: UnitVector;
}

/**
 * Countries, regions and cities on the sphere, references around some cities, captions that resemble their places.
 * The first country is split into regions; the query is another view of one of the cities.
 */
export function toyWorld(seed: number, size = { countries: 14, citiesPerCountry: 5, perCity: 2 }): ToyWorld {
  const random = seeded(seed);
  const places: Place[] = [];
  const looks = new Map<string, number[]>();
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const mixed = (parent: number[], share: number) => parent.map((value) => value * share + normal());
  for (let c = 0; c < size.countries; c++) {
    const iso2 = String.fromCharCode(65 + Math.floor(c / 26), 65 + (c % 26));
    const centre = fromSphere([normal(), normal(), normal()]);
    const country = { country: `Country ${iso2}`, iso2 };
    const look = mixed(new Array(TOY_DIMENSION).fill(0), 0);
    const cities: Place[] = [];
    for (let i = 0; i < size.citiesPerCountry; i++) {
      const regionId = c === 0 ? `${iso2}.${i % 2}` : null;
      const point = destination(centre, random() * 360, 20 + random() * 900);
      const population = 15_000 + Math.floor(random() ** 4 * 3e6);
      const id = `${iso2}:${i}`;
      const region = regionId && `Region ${regionId}`;
      cities.push({ id, level: 'city', name: `City ${id}`, region, regionId, ...country, point, population });
      looks.set(id, mixed(look, 1));
    }
    const sum = (of: readonly Place[]) => of.reduce((total, city) => total + city.population, 0);
    places.push({
      ...{ id: iso2, level: 'country', name: country.country, region: null, regionId: null },
      ...{ ...country, point: centre, population: sum(cities) },
    });
    looks.set(iso2, look);
    if (c === 0) {
      for (const regionId of [`${iso2}.0`, `${iso2}.1`]) {
        const own = cities.filter((city) => city.regionId === regionId);
        const point = own[0]?.point ?? centre;
        const named = { name: `Region ${regionId}`, region: `Region ${regionId}`, regionId: null };
        places.push({ id: regionId, level: 'region', ...named, ...country, point, population: sum(own) });
        looks.set(regionId, mixed(look, 1));
      }
    }
    places.push(...cities);
  }
  const cities = places.filter((place) => place.level === 'city');
  const references = cities.flatMap((city, i) =>
    i % 3 === 2
      ? []
      : Array.from({ length: size.perCity }, (_, n) => ({
          id: `r${i}-${n}`,
          vector: toUnitVector(mixed(looks.get(city.id) as number[], 1.5)),
          point: destination(city.point, random() * 360, random() * 8),
          iso2: city.iso2,
          author: `author ${i % 7}`,
          sequence: random() < 0.2 ? `walk ${i}` : null,
        })),
  );
  const split = new Set([places[0]?.iso2 as string]);
  const gazetteer = new FakeGazetteer(places, split);
  const rows = gazetteer.captions(STREETCLIP_TEMPLATES).map((caption) => ({
    caption,
    vector: toUnitVector(mixed(looks.get(caption.id) as number[], 1)),
  }));
  const subject = cities[Math.floor(random() * cities.length)] as Place;
  const query = toUnitVector(mixed(looks.get(subject.id) as number[], 1.5));
  return { places, split, references, captions: new FakeCaptions(TOY_DIMENSION, rows), query };
}

/** The world turned eastwards by `degrees`: everything that has a position. */
export function turned(world: ToyWorld, degrees: number): ToyWorld {
  const turn = <T extends { readonly point: GeoPoint }>(thing: T): T => ({
    ...thing,
    point: { lat: thing.point.lat, lon: wrapLon(thing.point.lon + degrees) },
  });
  return { ...world, places: world.places.map(turn), references: world.references.map(turn) };
}

export function gazetteerOf(world: ToyWorld): FakeGazetteer {
  return new FakeGazetteer(world.places, world.split);
}

export function indexOf(world: ToyWorld): FakeReferences {
  return new FakeReferences(TOY_DIMENSION, world.references);
}
