import { describe, expect, it } from '@jest/globals';
import { Locator } from '../../../src/locate/locator.js';
import { gazetteerOf, indexOf, toyWorld } from '../../support/toy-world.js';

const LOGIT_SCALE = 20;

describe('Locator', () => {
  it('answers with candidates, evidence and both sides of the blend', async () => {
    const world = toyWorld(7);
    const locator = new Locator(indexOf(world), world.captions, gazetteerOf(world), LOGIT_SCALE);
    const answer = await locator.locate({ vector: world.query });
    console.log(JSON.stringify(answer, null, 1));
    expect(answer.candidates.length).toBeGreaterThan(0);
  });
});
