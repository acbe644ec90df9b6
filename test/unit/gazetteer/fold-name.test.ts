import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldName } from '../../../src/gazetteer/fold-name.js';

describe('foldName', () => {
  it.each([
    ['São Paulo', 'sao paulo'],
    ['ŁÓDŹ', 'lodz'],
    ['Tromsø', 'tromso'],
    ['Gießen', 'giessen'],
    ['GIEẞEN', 'giessen'],
    ['İzmir', 'izmir'],
    ['Diyarbakır', 'diyarbakir'],
    ['Đà Nẵng', 'da nang'],
    ["Côte d'Ivoire", 'cote divoire'],
    ['Côte d’Ivoire', 'cote divoire'],
    ['St. Lucia', 'st lucia'],
    ['Guinea-Bissau', 'guinea bissau'],
    ['  New   York ', 'new york'],
    ['ＴＯＫＹＯ', 'tokyo'],
    ['...', ''],
  ])('makes %s into %s', (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it('keeps what tells words of other scripts apart', () => {
    expect(foldName('Россия')).toBe('россия');
    expect(foldName('ไทย')).not.toBe('');
    expect(foldName('がく')).not.toBe(foldName('かく'));
    expect(foldName('दिल्ली')).not.toBe(foldName('दल्ला'));
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(foldName(foldName(name))).toBe(foldName(name));
      }),
    );
  });
});
