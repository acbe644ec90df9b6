import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Caption } from '../../../src/domain/caption.js';
import { STREETCLIP_TEMPLATES } from '../../../src/domain/caption.js';
import type { UnitVector } from '../../../src/domain/unit-vector.js';
import {
  type CaptionSetOptions,
  captionSetFolder,
  openCaptionSet,
} from '../../../src/references/embedded/caption-store.js';
import { openSqlite } from '../../../src/store/sqlite.js';
import { temporaryFolder, vectorOf } from '../../support/references.js';

const COUNT = 300;
const CAPTIONS: readonly Caption[] = Array.from({ length: COUNT }, (_, i) => ({
  id: `place ${i}`,
  level: 'city',
  text: `A Street View photo from ${i}.`,
}));

const base = temporaryFolder();
let folder: string;
let embedded: string[];

beforeEach(() => {
  folder = mkdtempSync(join(base, 'captions-'));
  embedded = [];
});

function numberIn(text: string): number {
  return Number(/\d+/.exec(text)?.[0]);
}

function options(changes: Partial<CaptionSetOptions> = {}): CaptionSetOptions {
  return {
    modelId: 'm'.repeat(64),
    gazetteerHash: 'g'.repeat(64),
    templates: STREETCLIP_TEMPLATES,
    captions: () => CAPTIONS,
    embed: async (texts) => {
      embedded.push(...texts);
      return texts.map((text) => vectorOf(numberIn(text)));
    },
    ...changes,
  };
}

describe('a caption set', () => {
  it('holds the vector of every caption, and opens again without embedding any', async () => {
    const progress: number[] = [];
    const made = await openCaptionSet(folder, options({ onProgress: (done) => progress.push(done) }));
    expect([made.size, made.dimension, embedded.length, progress.at(-1)]).toEqual([COUNT, 32, COUNT, COUNT]);
    await made.close();
    const captions = () => {
      throw new Error('The captions were asked for again.');
    };
    const opened = await openCaptionSet(folder, options({ captions }));
    expect(embedded).toHaveLength(COUNT);
    for (const { id, level, text } of CAPTIONS) {
      expect(opened.caption(id)).toEqual({ id, level, text });
      expect(opened.vector(id)).toEqual(vectorOf(numberIn(text)));
    }
    expect([opened.caption('nowhere'), opened.vector('nowhere')]).toEqual([null, null]);
    await opened.close();
  });

  it('is waited for only while another process makes it, also by who can stop waiting', async () => {
    // Where the lock can't be taken for another reason, waiting would be for ever.
    mkdirSync(join(folder, 'writer.lock.sqlite'));
    const { signal } = new AbortController();
    await expect(openCaptionSet(folder, options({ signal }))).rejects.toMatchObject({
      code: expect.not.stringMatching('index_busy'),
    });
  }, 10_000);

  it('is not made of no captions', async () => {
    await expect(openCaptionSet(folder, options({ captions: () => [] }))).rejects.toMatchObject({
      code: 'no_captions',
      family: 'operator',
    });
  });

  it('gives cosines in the order asked for, NaN where there is no caption', async () => {
    const set = await openCaptionSet(folder, options());
    const query = vectorOf(4711);
    const cosines = set.cosines(query, ['place 7', 'nowhere', 'place 3', 'place 7']);
    const plain = (i: number) => vectorOf(i).reduce((sum, value, at) => sum + value * (query[at] as number), 0);
    expect(cosines[0]).toBeCloseTo(plain(7), 6);
    expect(cosines[1]).toBeNaN();
    expect(cosines[2]).toBeCloseTo(plain(3), 6);
    expect(cosines[3]).toBe(cosines[0]);
    expect(() => set.cosines(query.slice(1) as UnitVector, [])).toThrow(
      expect.objectContaining({ code: 'dimension_mismatch' }),
    );
    await set.close();
  });

  it('finds the nearest captions by the graph as it does exactly', async () => {
    const set = await openCaptionSet(folder, options());
    for (let i = 0; i < 20; i++) {
      const exact = await set.nearest(vectorOf(5000 + i), 10, { exact: true });
      expect(exact.map(({ score }) => score)).toEqual(exact.map(({ score }) => score).sort((a, b) => b - a));
      expect(await set.nearest(vectorOf(5000 + i), 10)).toEqual(exact);
    }
    expect(await set.nearest(vectorOf(1), 1000)).toHaveLength(COUNT);
    await set.close();
  });

  it('goes on where it was stopped', async () => {
    const stop = new AbortController();
    const stopping = options({
      signal: stop.signal,
      embed: async (texts) => {
        if (embedded.push(...texts) >= 150) stop.abort();
        return texts.map((text) => vectorOf(numberIn(text)));
      },
    });
    await expect(openCaptionSet(folder, stopping)).rejects.toMatchObject({ code: 'interrupted' });
    const before = embedded.length;
    const set = await openCaptionSet(folder, options());
    expect(embedded.length).toBe(COUNT);
    expect(embedded.length - before).toBeGreaterThan(0);
    expect(set.size).toBe(COUNT);
    expect(set.vector('place 250')).toEqual(vectorOf(250));
    await set.close();
  });

  it('keeps what was committed when embedding fails', async () => {
    const failing = options({
      embed: async (texts) => {
        if (embedded.push(...texts) > 200) throw new Error('The encoder died.');
        return texts.map((text) => vectorOf(numberIn(text)));
      },
    });
    await expect(openCaptionSet(folder, failing)).rejects.toThrow('The encoder died.');
    embedded = [];
    await (await openCaptionSet(folder, options())).close();
    expect(embedded.length).toBeLessThanOrEqual(COUNT - 192);
  });

  it('makes the same files whether it was stopped or not', async () => {
    const other = mkdtempSync(join(base, 'captions-'));
    await (await openCaptionSet(other, options())).close();
    let left = 130;
    const failing = options({
      embed: async (texts) => {
        left -= texts.length;
        if (left <= 0) throw new Error('dead');
        return texts.map((text) => vectorOf(numberIn(text)));
      },
    });
    await expect(openCaptionSet(folder, failing)).rejects.toThrow('dead');
    await (await openCaptionSet(folder, options())).close();
    expect(readFileSync(join(folder, 'captions.hnsw')).equals(readFileSync(join(other, 'captions.hnsw')))).toBe(true);
  });

  it.each([
    ['model', { modelId: 'n'.repeat(64) }],
    ['gazetteer', { gazetteerHash: 'h'.repeat(64) }],
    ['templates', { templates: { ...STREETCLIP_TEMPLATES, city: 'A photo of {city}.' } }],
  ])('of another %s is refused, and lies in another folder', async (what, change) => {
    await (await openCaptionSet(folder, options())).close();
    await expect(openCaptionSet(folder, options(change))).rejects.toMatchObject({
      code: 'caption_set_mismatch',
      message: expect.stringContaining(`another ${what}`),
    });
    const folderOf = ({ modelId, templates, gazetteerHash }: CaptionSetOptions) =>
      captionSetFolder('/data', { id: modelId, templates }, gazetteerHash);
    expect(folderOf(options(change))).not.toBe(folderOf(options()));
  });

  it('answers exactly when its graph is damaged', async () => {
    const whole = await openCaptionSet(folder, options());
    const wanted = await whole.nearest(vectorOf(77), 5);
    await whole.close();
    truncateSync(join(folder, 'captions.hnsw'), 2000);
    const set = await openCaptionSet(folder, options());
    expect(await set.nearest(vectorOf(77), 5)).toEqual(wanted);
    await set.close();
  });

  it('says that a vector is damaged when it is asked for, and not before', async () => {
    await (await openCaptionSet(folder, options())).close();
    const db = openSqlite(join(folder, 'captions.sqlite'));
    db.prepare("UPDATE captions SET vector = x'00' WHERE id = 'place 8'").run();
    db.close();
    const set = await openCaptionSet(folder, options());
    expect(set.vector('place 9')).toEqual(vectorOf(9));
    expect(set.has('place 8')).toBe(true);
    expect(() => set.vector('place 8')).toThrow(expect.objectContaining({ code: 'caption_set_damaged' }));
    expect(() => set.cosines(vectorOf(1), ['place 8'])).toThrow(expect.objectContaining({ family: 'ours' }));
    await set.close();
  });

  it('is made again from its rows when the manifest is lost or damaged', async () => {
    await (await openCaptionSet(folder, options())).close();
    embedded = [];
    rmSync(join(folder, 'manifest.json'));
    await (await openCaptionSet(folder, options())).close();
    const { format, version, dimension } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    for (const damaged of ['{"format":', 'null', JSON.stringify({ format, version, dimension, graph: {} })]) {
      writeFileSync(join(folder, 'manifest.json'), damaged);
      await (await openCaptionSet(folder, options())).close();
    }
    expect(embedded).toEqual([]);
  });
});
