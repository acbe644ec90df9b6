import { describe, expect, it } from '@jest/globals';
import { readTerms } from '../../../../../src/clip/import/fetch/model-terms.js';

describe('readTerms', () => {
  it('knows StreetCLIP and what was made from it, by whatever name', () => {
    const hub = { cardData: { license: 'cc-by-nc-4.0' }, tags: [] };
    const own = readTerms('geolocal/StreetCLIP', '# StreetCLIP', hub);
    expect(own.licence).toBe('CC BY-NC 4.0');
    expect(own.limits).toMatch(/non-commercial.*private photos/);
    expect(readTerms('StreetCLIP', null)).toEqual(own);
    expect(readTerms('me/tuned', null, { cardData: { base_model: ['geolocal/StreetCLIP'] }, tags: [] }).limits).toBe(
      own.limits,
    );
    expect(readTerms('me/tuned', '---\nbase_model:\n- geolocal/StreetCLIP\nlicense: mit\n---\n')).toEqual({
      licence: 'MIT',
      limits: own.limits,
    });
    expect(readTerms('me/notstreetclip', null).limits).toBeNull();
  });

  it.each([
    [{ license: 'apache-2.0' }, [], 'Apache-2.0'],
    [{ license: ['mit'] }, [], 'MIT'],
    [{ license: 'other', license_name: 'house-rules' }, [], 'house-rules'],
    [{ license: 'openrail' }, [], 'openrail'],
    [null, ['clip', 'license:cc0-1.0'], 'CC0 1.0'],
    [{}, [], null],
  ])('takes the licence from %j and %j', (cardData, tags, licence) => {
    expect(readTerms('a/b', null, { cardData, tags }).licence).toBe(licence);
  });

  it("quotes the card's own section, without markup and without what could rewrite a terminal", () => {
    const card = '# M\n\n### Limitations and bias\n- [Bad](http://x) at \u001b[2Jnight.\n\n> *Very*.\n## Next\nno';
    expect(readTerms('a/b', card).limits).toBe('- Bad at [2Jnight. Very.');
    const long = readTerms('a/b', `# Out of scope\n${'word '.repeat(1000)}`).limits as string;
    expect(long.length).toBeLessThanOrEqual(802);
    expect(long).toMatch(/word …$/);
  });
});
