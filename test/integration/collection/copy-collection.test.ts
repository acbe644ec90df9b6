import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { copyCollection } from '../../../src/collection/copy-collection.js';
import { LabelStore, type PhotoLabels } from '../../../src/collection/labels/label-store.js';
import { Collection } from '../../../src/collection/open-collection.js';
import { probeFile } from '../../../src/collection/probes/probe.js';
import { idOf } from '../../support/references.js';
import { putFile, temporaryFolder } from '../../support/temporary-folder.js';

const label = (i: number): PhotoLabels => ({ id: idOf(i), labels: ['sett'], chosen: 'given', sample: null });

describe('labels, tags and probes', () => {
  it('go with an index, as they are when it is copied, and replace none', async () => {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    expect(await copyCollection(from, to)).toBe(false);
    const source = new Collection(from);
    new LabelStore(source).put('road', [label(1), label(2)]);
    putFile(join(from, 'collection', 'probes'), 'road.json', '{}');
    // What a killed process left.
    putFile(to, 'collection/collection.sqlite.tmp-1', 'half');
    utimesSync(join(to, 'collection/collection.sqlite.tmp-1'), 0, 0);
    expect(await copyCollection(from, to)).toBe(true);
    const copy = new Collection(to);
    expect(new LabelStore(copy).of('road')).toEqual([label(1), label(2)].sort((a, b) => (a.id < b.id ? -1 : 1)));
    expect(readdirSync(join(to, 'collection', 'probes'))).toEqual(['road.json']);
    expect(probeFile(copy, 'road')).toBe(join(to, 'collection', 'probes', 'road.json'));
    expect(readdirSync(join(to, 'collection')).filter((name) => name.includes('tmp'))).toEqual([]);
    new LabelStore(source).put('road', [label(3)]);
    expect(await copyCollection(from, to)).toBe(false);
    expect(new LabelStore(copy).count('road')).toBe(2);
  });
});
