import { describe, expect, it } from '@jest/globals';
import { Collection } from '../../../src/collection/open-collection.js';
import { CellShares } from '../../../src/collection/tags/cell-shares.js';
import { Places } from '../../../src/collection/tags/places.js';
import { LOG_ODDS, probabilityOf, toByte } from '../../../src/collection/tags/tag-scale.js';
import { TagTable } from '../../../src/collection/tags/tag-table.js';
import { seededRandom } from '../../../src/domain/seeded-random.js';
import { inBox } from '../../../src/geo/box.js';
import { cellAt, cellCentre } from '../../../src/geo/cells.js';
import { referenceOf } from '../../support/references.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const WORLD = { west: -180, south: -90, east: 180, north: 90 };

/** Photos with a label each knows the odds of, as a probe would have tagged them; every tenth is not tagged. */
function tagged(count: number) {
  const random = seededRandom(12);
  const photos = Array.from({ length: count }, (_, i) =>
    referenceOf(i, { point: { lat: 40 + 15 * random(), lon: 5 + 20 * random() } }),
  );
  const odds = photos.map((_, i) => (i % 10 === 0 ? null : 8 * (random() - 0.5)));
  const collection = new Collection(temporaryFolder());
  const places = Places.read(collection);
  places.follow(
    collection,
    photos.map(({ id }) => id),
  );
  const bytes = Buffer.alloc(4096);
  for (const [i, { id }] of photos.entries()) {
    const own = odds[i];
    if (own !== null && own !== undefined) bytes[places.of(id) ?? -1] = toByte(LOG_ODDS, own);
  }
  collection.write((db) => {
    db.prepare(
      "INSERT INTO tag_sets (name, stamp, made_by, kind, model_id, labels, scales, tagged_at) VALUES ('road', 'x', 'probe', 'independent', 'm', '[\"paved\"]', ?, '')",
    ).run(JSON.stringify([LOG_ODDS]));
    db.prepare("INSERT INTO tags (name, block, bytes) VALUES ('road', 0, ?)").run(bytes);
  });
  return { photos, odds, table: TagTable.read(collection, 'road', 'm') };
}

describe('shares by cells of a map', () => {
  it('are the mean probability of the photos in each cell, at every resolution', () => {
    const { photos, odds, table } = tagged(900);
    const cells = new CellShares(photos);
    for (const resolution of [5, 0, 3, 9, 3]) {
      const found = cells.shares(table, 'paved', { bbox: WORLD, resolution });
      expect(found).toMatchObject({ resolution, share_is: 'mean_probability' });
      expect(found.cells.reduce((sum, cell) => sum + cell.photos, 0)).toBe(810);
      // Near a border a cell above the finest one may be another than the one of its size that holds the point.
      const sum = found.cells.reduce((total, cell) => total + cell.share * cell.photos, 0);
      const expected = odds.reduce<number>((total, own) => total + (own === null ? 0 : probabilityOf(own)), 0);
      expect(Math.abs(sum - expected)).toBeLessThan(0.0126 * 810);
      if (resolution !== 9) continue;
      for (const { cell, share } of found.cells) {
        const own = photos.flatMap(({ point }, i) =>
          cellAt(point, 9) === cell && odds[i] !== null ? [probabilityOf(odds[i] as number)] : [],
        );
        expect(Math.abs(share - own.reduce((a, b) => a + b, 0) / own.length)).toBeLessThan(0.0126);
      }
    }
  });

  it('are of cells in or near a box, and of coarser ones where they would be too many', () => {
    const { photos, table } = tagged(900);
    const cells = new CellShares(photos);
    const bbox = { west: 10, south: 45, east: 12, north: 47 };
    const near = cells.shares(table, 'paved', { bbox, resolution: 7 }).cells;
    const within = photos.filter(({ point }, i) => i % 10 !== 0 && inBox(bbox, point));
    const counted = near.reduce((sum, { photos: own }) => sum + own, 0);
    expect(counted).toBeGreaterThanOrEqual(within.length);
    expect(counted).toBeLessThan(within.length + 60);
    for (const { cell } of near) {
      const { lat, lon } = cellCentre(cell);
      expect(lat > 44.9 && lat < 47.1 && lon > 9.9 && lon < 12.1).toBe(true);
    }
  });
});
