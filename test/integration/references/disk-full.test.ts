import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openReader, openWriter } from '../../../src/references/embedded/open-index.js';
import { verifyIndex } from '../../../src/references/embedded/verify-index.js';
import { idOf, MODEL, referenceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const base = temporaryFolder();

describe('a disk that fills while committing', () => {
  it('fails that transaction with a sentence, loses nothing stored, and lets the next run go on', async () => {
    const folder = mkdtempSync(join(base, 'full-'));
    const writer = await openWriter(folder, MODEL);
    // SQLite gives the same error for a full disk and for a file at its page limit.
    const db = writer.db;
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 20}`);
    let stored = 0;
    const fill = () => {
      for (let batch = 0; batch < 1000; batch++) {
        writer.transaction((tx) => {
          for (let i = stored; i < stored + 16; i++) tx.put(referenceOf(i), vectorOf(i));
        });
        stored += 16;
      }
    };
    expect(fill).toThrow(
      expect.objectContaining({ code: 'disk_full', family: 'later', message: expect.stringContaining('make room') }),
    );
    expect(stored).toBeGreaterThan(0);
    expect((await writer.present([idOf(stored)])).size).toBe(0);
    await writer.checkpoint();
    await writer.close();
    expect(verifyIndex(folder)).toMatchObject({ ok: true, references: stored, graph: { state: 'current' } });
    const next = await openWriter(folder, MODEL);
    next.transaction((tx) => {
      for (let i = 0; i < stored + 16; i++) tx.put(referenceOf(i), vectorOf(i));
    });
    await next.close();
    const reader = await openReader(folder);
    expect((await reader.counts()).references).toBe(stored + 16);
    await reader.close();
  });
});
