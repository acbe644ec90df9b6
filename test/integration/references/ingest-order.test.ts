import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { UnitVector } from '../../../src/domain/unit-vector.js';
import { destination } from '../../../src/geo/distance.js';
import type { LocatorAnswer } from '../../../src/locate/locate-answer.js';
import { Locator } from '../../../src/locate/locator.js';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import type { FakeReference } from '../../support/fake-references.js';
import { idOf, MODEL, referenceOf, temporaryFolder } from '../../support/references.js';
import { gazetteerOf, seeded, TOY_DIMENSION, type ToyWorld, toyWorld } from '../../support/toy-world.js';

const LOGIT_SCALE = 20;

/** A toy world of walks and towns with several authors, many of its photos a few metres from another. */
function crowdedWorld(seed: number): ToyWorld {
  const world = toyWorld(seed, { countries: 14, citiesPerCountry: 6, perCity: 4 });
  const random = seeded(seed + 1);
  const references = world.references.map((reference, i) => {
    const other = world.references[i - 1];
    const point = other && random() < 0.5 ? destination(other.point, random() * 360, random() * 0.04) : reference.point;
    const sequence = random() < 0.4 ? `walk ${Math.floor(i / 6)}` : null;
    return { ...reference, point, id: idOf(i), author: `author ${Math.floor(random() * 40)}`, sequence };
  });
  return { ...world, references };
}

/** Answers of an index that got its references in this order, in several transactions. */
async function answersOf(
  world: ToyWorld,
  references: readonly FakeReference[],
  queries: readonly { vector: UnitVector; filter?: { exclude: { ids?: string[]; author?: string[] } } }[],
): Promise<Omit<LocatorAnswer, 'took_ms'>[]> {
  const folder = temporaryFolder();
  const writer = await openWriter(folder, { ...MODEL, dimension: TOY_DIMENSION });
  for (let first = 0; first < references.length; first += 60) {
    writer.transaction((tx) => {
      for (const { id, vector, point, iso2, author, sequence } of references.slice(first, first + 60)) {
        const facts = { point, iso2: iso2 ?? null, author: author ?? null, sequence: sequence ?? null };
        tx.put({ ...referenceOf(0, facts), id, sha256: id.padEnd(64, '0') }, vector);
      }
    });
  }
  await writer.checkpoint();
  await writer.close();
  const reader = await openReader(folder);
  try {
    const locator = new Locator(reader, world.captions, gazetteerOf(world), LOGIT_SCALE);
    const answers: Omit<LocatorAnswer, 'took_ms'>[] = [];
    for (const query of queries) {
      const { took_ms, ...answer } = await locator.locate(query, { posterior: true });
      answers.push(answer);
    }
    return answers;
  } finally {
    await reader.close();
  }
}

describe('the order in which references come', () => {
  it('changes no answer, whether something is excluded or not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 30 }), async (seed) => {
        const world = crowdedWorld(seed);
        const random = seeded(seed + 2);
        const [first] = world.references;
        const queries = [
          { vector: world.query },
          { vector: world.query, filter: { exclude: { author: [first?.author ?? ''] } } },
          { vector: first?.vector as UnitVector, filter: { exclude: { ids: [first?.id ?? ''] } } },
        ];
        const shuffled = world.references
          .map((reference) => ({ reference, at: random() }))
          .sort((a, b) => a.at - b.at)
          .map(({ reference }) => reference);
        const answers = await answersOf(world, world.references, queries);
        expect(answers[0]?.index_coverage.covered).not.toBeNull();
        expect(await answersOf(world, shuffled, queries)).toEqual(answers);
      }),
      { numRuns: 5 },
    );
  });
});
