import { describe, expect, it } from '@jest/globals';
import { duplicatesSchema } from '../../../src/api/duplicates.js';
import { similarAnswerSchema } from '../../../src/api/search.js';
import { LookCache } from '../../../src/collection/duplicates/look-cache.js';
import { present } from '../../../src/domain/present.js';
import { greyThumbnail } from '../../../src/images/grey-thumbnail.js';
import { findingsFile } from '../../../src/references/beside-index.js';
import { httpWorld, problemOf } from '../../support/http-world.js';
import { idOf } from '../../support/references.js';

const world = httpWorld();

/** What a search would have found: pairs of the world's photos, by name, and of one that is gone. */
async function putCopies(...pairs: readonly (readonly [string, string])[]) {
  const thumbnail = await greyThumbnail(world.photo('sopot').bytes, 1e9);
  const id = (name: string) => (name === 'gone' ? idOf(1) : world.photo(name).id);
  const cache = LookCache.open(findingsFile(world.app.indexFolder()));
  cache.putLooks([...new Set(pairs.flat())].map((name) => ({ id: id(name), thumbnail })));
  const numberOf = (name: string) => present(cache.numberOf(id(name)) ?? undefined);
  cache.putPairs(pairs.map(([a, b]) => ({ a: numberOf(a), b: numberOf(b), same: true })));
  cache.close();
}

describe('GET /v1/duplicates', () => {
  it('is empty before anyone has looked, then has the groups page by page, the best first', async () => {
    const server = await world.serve();
    const page = async (query = '') =>
      duplicatesSchema.parse(await (await server.get(`/v1/duplicates${query}`)).json());
    expect(await page()).toEqual({ groups: [], looked_at: 0, cursor: null });
    await putCopies(['gdansk', 'sopot'], ['pier', 'suva'], ['berlin', 'gone']);
    const seen: string[][] = [];
    for (let query: string | null = '?limit=1'; query !== null; ) {
      const { groups, looked_at, cursor } = await page(query);
      expect(looked_at).toBe(6);
      for (const { keep, photos } of groups) {
        expect(keep).toBe(photos[0]?.id);
        seen.push(photos.map(({ source }) => source ?? ''));
      }
      query = cursor === null ? null : `?limit=1&cursor=${cursor}`;
    }
    // The first by its pixels; the others differ by their bytes, which the server's list tells.
    expect(seen.map((names) => names.toSorted()).sort()).toEqual([
      ['a/gdansk.jpg', 'a/sopot.jpg'],
      ['a/pier.jpg', 'b/suva.jpg'],
    ]);
    expect(seen.flat()).not.toContain('b/berlin.jpg');
    expect(seen.find((names) => names.includes('a/sopot.jpg'))?.[0]).toBe('a/sopot.jpg');
  });

  it('is narrowed down as lists are: a group has the copies that a filter lets through, where there are two', async () => {
    const server = await world.serve();
    const named = async (query: string) => {
      const answer = await server.get(`/v1/duplicates?${query}`);
      const { groups, cursor } = duplicatesSchema.parse(await answer.json());
      return { groups: groups.map(({ photos }) => photos.map(({ source }) => source).toSorted()), cursor };
    };
    const both = ['a/gdansk.jpg', 'a/sopot.jpg'];
    // The other group has one photo in Poland, which has no copy there.
    expect(await named('country=PL&limit=1')).toEqual({ groups: [both], cursor: null });
    expect((await named('bbox=10,50,20,56')).groups).toEqual([both]);
    expect((await named('near=54.4,18.6,50&author=ann')).groups).toEqual([both]);
    expect((await named(`exclude=${encodeURIComponent('{"country":"FJ"}')}`)).groups).toEqual([both]);
    expect((await named('captured_before=2018-01-01')).groups).toEqual([]);
    const untagged = await server.get('/v1/duplicates?tag=road-surface:sett');
    expect(await problemOf(untagged)).toMatchObject({ code: 'tags_missing', status: 409 });
  });

  it('lets similar scenes be one for each picture', async () => {
    const server = await world.serve();
    const similar = async (options: object) => {
      const answer = await server.json('/v1/similar', { reference_id: world.photo('sopot').id, ...options });
      return similarAnswerSchema.parse(await answer.json()).results;
    };
    const all = await similar({});
    const once = await similar({ collapse_copies: true });
    expect(all.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['gdansk', 'suva'].map((name) => world.photo(name).id)),
    );
    expect(once).toHaveLength(all.length - 2);
    expect(once[0]).toMatchObject({ id: world.photo('sopot').id, group_size: 2 });
    expect(once.map(({ id }) => id)).not.toContain(world.photo('gdansk').id);
  });

  it('rounds positions as every answer does, and refuses a cursor that no page gave', async () => {
    const server = await world.serve({ round_km: 10 });
    const { groups } = duplicatesSchema.parse(await (await server.get('/v1/duplicates')).json());
    expect(groups[0]?.photos.map(({ point }) => point)).not.toContainEqual(world.photo('sopot').point);
    expect(await problemOf(await server.get('/v1/duplicates?cursor=2'))).toMatchObject({ code: 'bad_cursor' });
    expect(await problemOf(await server.get('/v1/duplicates?kind=place'))).toMatchObject({ code: 'request_invalid' });
  });
});
