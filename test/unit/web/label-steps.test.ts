import { describe, expect, it } from '@jest/globals';
import {
  give,
  keyOfLabel,
  labelOfKey,
  noSteps,
  refused,
  skipped,
  step,
  undo,
  withPhotos,
} from '../../../web/src/collection/label-steps.js';

const photos = (...ids: string[]) => ids.map((id) => ({ id }));
const begun = () => withPhotos(noSteps<{ id: string }>(), photos('a', 'b', 'c'));

describe('photos that are labelled one after the other', () => {
  it('are gone through by what is said of them, and taken once however often they come', () => {
    const said = give(give(begun(), ['dry']), ['wet']);
    const more = withPhotos(said, photos('b', 'c', 'd'));
    expect(more.photos.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(more.at).toBe(2);
    expect([...more.given]).toEqual([
      ['a', ['dry']],
      ['b', ['wet']],
    ]);
    expect(give(step(more, 9), ['dry'])).toEqual(step(more, 9));
  });

  it('are undone the last first, to what was said before', () => {
    const again = give(step(give(begun(), ['dry']), -1), ['wet']);
    const first = undo(again);
    expect(first).toMatchObject({ id: 'a', labels: ['dry'], steps: { at: 0 } });
    expect(first?.steps.given.get('a')).toEqual(['dry']);
    const second = first && undo(first.steps);
    expect(second).toMatchObject({ id: 'a', labels: null, steps: { at: 0 } });
    expect(second?.steps.given.size).toBe(0);
    expect(second && undo(second.steps)).toBeNull();
  });

  it('come back where the server did not take what was said, and that is not undone again', () => {
    const said = give(give(begun(), ['dry']), ['wet']);
    const back = refused(said, 'a');
    expect(back.at).toBe(0);
    expect([...back.given.keys()]).toEqual(['b']);
    expect(undo(back)).toMatchObject({ id: 'b', labels: null });
  });

  it('are skipped by going on without a word', () => {
    const on = step(give(step(begun(), 1), ['dry']), 5);
    expect(on.at).toBe(3);
    expect(skipped(on)).toBe(2);
    expect(step(on, -9).at).toBe(0);
  });
});

describe('the keys of labels', () => {
  it('are digits, then letters, never z, which undoes', () => {
    expect([0, 8, 9, 10, 34, 35].map(keyOfLabel)).toEqual(['1', '9', '0', 'a', 'y', undefined]);
    for (let i = 0; i < 35; i++) expect(labelOfKey(keyOfLabel(i) ?? '')).toBe(i);
    expect(['z', 'Enter', 'ArrowLeft', '', '-'].map(labelOfKey)).toEqual([-1, -1, -1, -1, -1]);
  });
});
