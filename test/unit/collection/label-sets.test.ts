import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { labelSetHash, parseLabelSet } from '../../../src/collection/label-set.js';
import { listLabelSets, readLabelSet } from '../../../src/collection/label-sets.js';
import type { ErrorCode } from '../../../src/domain/error-codes.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const label = (name: string, more: object = {}) => ({
  name,
  meaning: `It is ${name}.`,
  sentences: [`A ${name} one.`],
  ...more,
});

const aSet = (more: object = {}) => ({
  ...{ format: 'streetdex-label-set', version: 1, id: 'gates', title: 'Gates', subject: 'the gate of a yard' },
  ...{ taxonomy: { source: 'our own', licence: 'none' }, kind: 'exclusive', zero_shot: true, known: 'Nothing.' },
  labels: [label('open'), label('shut'), label('hidden', { cannot_be_seen: true })],
  ...more,
});

const folderWith = (set: unknown, name = 'gates') =>
  temporaryFolder({ [`label-sets/${name}.json`]: typeof set === 'string' ? set : JSON.stringify(set) });

const refusal = (work: () => unknown) => {
  try {
    return `took it: ${JSON.stringify(work())}`;
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
};

describe('a label set', () => {
  const refused = (more: object) => refusal(() => parseLabelSet(aSet(more), 'it'));
  const hidden = label('hidden', { cannot_be_seen: true });

  it('is taken as it is written', () => {
    expect(parseLabelSet(aSet(), 'it')).toEqual(aSet());
    expect(parseLabelSet(aSet({ kind: 'independent', labels: [label('Tor_1')] }), 'it').labels).toHaveLength(1);
  });

  it('says what can not be seen where one label excludes the others, and only there', () => {
    expect(refused({ labels: [label('open'), label('shut')] })).toBe('label_set_without_unseen');
    expect(refused({ labels: [label('open'), hidden, { ...hidden, name: 'away', sentences: ['Away.'] }] })).toBe(
      'label_set_without_unseen',
    );
    expect(refused({ kind: 'independent' })).toBe('label_set_invalid');
    expect(refused({ labels: [hidden] })).toBe('label_set_invalid');
  });

  it('has no two labels of one name or of the same sentences', () => {
    expect(refused({ labels: [label('open'), { ...label('shut'), name: 'OPEN' }, hidden] })).toBe('labels_equal');
    expect(refused({ labels: [label('half_shut'), { ...label('x'), name: 'half-shut' }, hidden] })).toBe(
      'labels_equal',
    );
    expect(refused({ labels: [label('open'), { ...label('open'), name: 'unlocked' }, hidden] })).toBe('labels_equal');
  });

  it('is not about persons, in any of its words', () => {
    expect(refused({ title: 'Men or women' })).toBe('labels_about_persons');
    expect(refused({ labels: [label('open', { sentences: ['A gate and a beggar.'] }), hidden] })).toBe(
      'labels_about_persons',
    );
    expect(refused({ labels: [label('open', { meaning: 'A woman stands in it.' }), hidden] })).toBe(
      'labels_about_persons',
    );
  });

  it('has at most 256 labels of at most 128 sentences, and 100,000 are refused before they are looked at', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => label(`l${i}`));
    expect(parseLabelSet(aSet({ kind: 'independent', labels: many(256) }), 'it').labels).toHaveLength(256);
    expect(refused({ kind: 'independent', labels: many(257) })).toBe('labels_too_many');
    expect(refused({ kind: 'independent', labels: new Array(100_000).fill(null) })).toBe('labels_too_many');
    const sentences = Array.from({ length: 129 }, (_, i) => `Sentence ${i}.`);
    expect(refused({ labels: [label('open', { sentences }), hidden] })).toBe('label_set_invalid');
    expect(refused({ labels: [label('open', { sentences: [] }), hidden] })).toBe('label_set_invalid');
  });

  it('is of a version that is known, and of known fields that say where', () => {
    expect(refused({ version: 2 })).toBe('format_newer');
    expect(refused({ colour: 'red' })).toBe('label_set_invalid');
    for (const name of ['', 'a b', 'a>=1', 'a:b', '../a', 'a,b', '-a', 'a'.repeat(61)]) {
      expect([name, refused({ labels: [label('open'), { ...label('x'), name }, hidden] })]).toEqual([
        name,
        'label_set_invalid',
      ]);
    }
    expect(() => parseLabelSet(aSet({ labels: [label('open'), { name: 'x' }, hidden] }), 'it')).toThrow(
      expect.objectContaining({ message: expect.stringContaining("at 'labels.1.meaning'") }),
    );
  });

  it('has another hash when a photo could be tagged otherwise, and the same when only words about it change', () => {
    const hash = (more: object) => labelSetHash(parseLabelSet(aSet(more), 'it'));
    expect(hash({ title: 'Doors', known: 'Much.' })).toBe(hash({}));
    expect(hash({ labels: [label('open'), label('ajar'), hidden] })).not.toBe(hash({}));
    expect(hash({ labels: [label('open', { sentences: ['Wide.'] }), label('shut'), hidden] })).not.toBe(hash({}));
    expect(hash({ labels: [label('shut'), label('open'), hidden] })).not.toBe(hash({}));
  });
});

describe('label sets by name', () => {
  it('are those of the data folder, and the shipped ones', () => {
    const own = folderWith(aSet());
    expect(readLabelSet(own, 'gates').title).toBe('Gates');
    expect(readLabelSet(own, 'road-surface').labels.map(({ name }) => name)).toContain('sett');
    const listed = listLabelSets(own);
    expect(listed.filter((one) => one.own).map(({ name }) => name)).toEqual(['gates']);
    expect(listed.map(({ name }) => name)).toEqual([...listed.map(({ name }) => name)].sort());
  });

  it('a shipped one gives way to one’s own of its name', () => {
    const own = folderWith(aSet({ id: 'light' }), 'light');
    expect(readLabelSet(own, 'light').title).toBe('Gates');
    expect(listLabelSets(own).filter(({ name }) => name === 'light')).toMatchObject([{ own: true }]);
  });

  it('are refused where there is none, with what may have been meant, where a path was given, and where the id differs', () => {
    expect(() => readLabelSet(temporaryFolder(), 'road-surfaces')).toThrow(
      expect.objectContaining({ code: 'label_set_not_found', message: expect.stringContaining('road-surface?') }),
    );
    expect(refusal(() => readLabelSet(temporaryFolder(), '../label-sets/light'))).toBe('label_set_not_found');
    expect(refusal(() => readLabelSet(folderWith(aSet(), 'doors'), 'doors'))).toBe('label_set_invalid');
    expect(refusal(() => readLabelSet(folderWith('{"format": '), 'gates'))).toBe('label_set_invalid');
  });

  it('list one that can’t be used with its reason', () => {
    const [broken] = listLabelSets(folderWith('[]')).filter((one) => one.own);
    expect(broken).toMatchObject({ name: 'gates', set: null, error: expect.stringContaining('not a label set') });
  });
});

describe('shipped label sets', () => {
  const names = readdirSync('label-sets').map((file) => file.replace('.json', ''));
  const sets = names.map((name) => readLabelSet(temporaryFolder(), name));

  it('can all be read, and name their source', () => {
    expect(names.length).toBeGreaterThanOrEqual(20);
    for (const { taxonomy } of sets) expect(taxonomy.source.length).toBeGreaterThan(10);
  });

  it('leave zero-shot off for condition and grade', () => {
    const off = sets.filter((set) => !set.zero_shot).map(({ id }) => id);
    expect(off.sort()).toEqual(['building-condition', 'damage', 'road-smoothness']);
  });

  it('are in the package and in the image', () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8')).files).toContain('label-sets');
    expect(readFileSync('Dockerfile', 'utf8')).toContain('COPY label-sets ./label-sets');
  });

  it('never promise an energy class', () => {
    for (const { labels } of sets) expect(labels.filter(({ name }) => /energy/.test(name))).toEqual([]);
  });
});
