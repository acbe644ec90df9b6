import { afterEach, describe, expect, it } from '@jest/globals';
import type { OpenIndex } from '../../src/references/store.js';
import { eventually, idOf, MODEL, seeded, vectorOf } from '../support/references.js';
import { emptyPlace, killNode, type Place, RUNS_LONG, startNode } from './support/clusters.js';
import { photos } from './support/photos.js';

const COUNT = Number(process.env.KILLS_REFERENCES ?? 20_000);
const KILLS = Number(process.env.KILLS ?? 20);
/** As an ingest stores them. */
const BATCH = 64;
const DOWN_MS = 3000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let place: Place;
let down: number | null = null;

afterEach(async () => {
  if (down !== null) await startNode(down);
  down = null;
  await place.dispose();
});

/** Asks without a pause for what was acknowledged long enough ago, until it is told to end. */
class QueryLoop {
  asked = 0;
  /** Answers that lacked what they were asked by, and of these those that did not say so. */
  lacking = 0;
  readonly unsaid: number[] = [];
  degraded = 0;
  slowestMs = 0;
  readonly failed: { readonly atMs: number; readonly error: unknown }[] = [];
  readonly #acknowledged: { readonly count: number; readonly atMs: number }[] = [];
  readonly #random = seeded(7);
  #ended = false;

  acknowledge(count: number): void {
    this.#acknowledged.push({ count, atMs: performance.now() });
  }

  end(): void {
    this.#ended = true;
  }

  async run(index: OpenIndex): Promise<void> {
    while (!this.#ended) {
      const atMs = performance.now();
      const known = this.#acknowledged.findLast((one) => atMs - one.atMs > 5000)?.count ?? 0;
      const i = Math.floor(this.#random() * Math.max(1, known));
      try {
        const hits = await index.reader.neighbours(vectorOf(i), { k: 10 });
        const said = 'incomplete' in hits && hits.incomplete === 'degraded';
        const lacks = known > 0 && hits[0]?.id !== idOf(i);
        if (said) this.degraded++;
        if (lacks) this.lacking++;
        if (lacks && !said) this.unsaid.push(atMs);
      } catch (error) {
        this.failed.push({ atMs, error });
      }
      this.slowestMs = Math.max(this.slowestMs, performance.now() - atMs);
      this.asked++;
      await pause(20);
    }
  }
}

(RUNS_LONG ? describe : describe.skip)(`${KILLS} kills of random nodes while ${COUNT} references are stored`, () => {
  it(
    'lose nothing, store nothing twice, fail no query after the first second of each, and no answer lacks something unsaid',
    async () => {
      place = emptyPlace();
      const { store } = place;
      await store.write(MODEL, async () => undefined);
      const index = await place.another().open();
      const queries = new QueryLoop();
      const asking = queries.run(index);
      const random = seeded(17);
      const kills: number[] = [];
      let stored = 0;
      let ended = false;
      const killing = (async () => {
        for (let k = 1; k <= KILLS && !ended; k++) {
          while (stored < (k * COUNT) / (KILLS + 1) && !ended) await pause(50);
          down = Math.floor(random() * 3);
          kills.push(performance.now());
          await killNode(down);
          await pause(DOWN_MS);
          await startNode(down);
          down = null;
        }
      })();
      const startMs = performance.now();
      const did = new Map<string, number>();
      /** Goes no further than the next kill is due, so that each finds it at work. */
      const isDue = () => kills.length < KILLS && stored > ((kills.length + 1) * COUNT) / (KILLS + 1);
      await store.write(MODEL, async (writer) => {
        while (stored < COUNT) {
          while (isDue()) await pause(50);
          const results = await writer.apply(photos(stored, Math.min(COUNT, stored + BATCH)));
          for (const one of results) did.set(one.did, (did.get(one.did) ?? 0) + 1);
          stored += results.length;
          queries.acknowledge(stored);
        }
      });
      const tookMs = performance.now() - startMs;
      ended = true;
      await killing;
      queries.end();
      await asking;
      const late = queries.failed.filter(
        ({ atMs }) => !kills.some((kill) => atMs >= kill - 1000 && atMs <= kill + 1000),
      );
      const { maintenance } = place.another(undefined, { verifyMs: 120_000 });
      const found = await maintenance.verify();
      for (const problem of found.problems) expect(problem).toMatch(/ lack on /);
      const report = found.ok ? found : await maintenance.verify({ repair: { vectorOf: async () => null } });
      process.stderr.write(
        `${JSON.stringify({
          ...{ references: COUNT, kills: kills.length, seconds: Math.round(tookMs / 1000) },
          ...{ perSecond: Math.round((1000 * COUNT) / tookMs), did: Object.fromEntries(did) },
          ...{ queries: queries.asked, failed: queries.failed.length, failedLate: late.length },
          ...{ degraded: queries.degraded, lacking: queries.lacking, lackingUnsaid: queries.unsaid.length },
          unsaidAfterKillMs: queries.unsaid.map((at) => Math.round(at - (kills.findLast((kill) => kill <= at) ?? 0))),
          ...{ slowestMs: Math.round(queries.slowestMs), found: found.problems, verify: report },
          errors: [...new Set(queries.failed.map(({ error }) => String(error).slice(0, 300)))],
        })}\n`,
      );
      expect(kills).toHaveLength(KILLS);
      expect(report).toMatchObject({ ok: true, problems: [], references: COUNT, sources: COUNT });
      expect(report.notices.filter((notice) => notice.includes('reconcile'))).toEqual([]);
      expect(late).toEqual([]);
      expect(queries.unsaid).toEqual([]);
      const { counts } = (await place.store.open()).catalogue;
      expect(await eventually(async () => (await counts.call(index.catalogue)).references === COUNT)).toBe(true);
      const again = await store.write(MODEL, async (writer) => {
        const results = [];
        for (let at = 0; at < COUNT; at += 500)
          results.push(...(await writer.apply(photos(at, Math.min(COUNT, at + 500)))));
        return results.filter((one) => one.did !== 'unchanged').length;
      });
      expect(again).toBe(0);
    },
    40 * 60_000,
  );
});
