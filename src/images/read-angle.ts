/** Which of the two coordinates an angle is: its letters are N and S, or E and W. */
export type Axis = 'lat' | 'lon';

/** Signed degrees, or what is wrong, in words that follow "The GPS position …". */
export type Angle = number | { readonly fault: string };

type Side = 'positive' | 'negative';

const SIDES: Readonly<Record<Axis, Readonly<Record<string, Side>>>> = {
  lat: { n: 'positive', s: 'negative' },
  lon: { e: 'positive', w: 'negative' },
};

const LETTER =
  /^(n|s|e|w|north(?:ern)?|south(?:ern)?|east(?:ern)?|west(?:ern)?)\.?(?:\s*(lat|lon)(?:\.|g\.?|itude|gitude)?|\s*hemisphere)?$/;
const WORDS_AROUND = /^(?:([a-z][a-z. ]*?)[\s,]*)?([-+]?\s*\d.*?)(?:[\s,]*([a-z][a-z. ]*))?$/;

const LENGTH_MAX = 100;

const NUMBER = String.raw`\d+(?:\.\d+)?(?:/\d+)?`;
const SEPARATOR = String.raw`(?:\s*,\s*|\s*:\s*|\s+)`;
const PLAIN = new RegExp(`^(${NUMBER})(?:${SEPARATOR}(${NUMBER})(?:${SEPARATOR}(${NUMBER}))?)?$`);
const MARKED = new RegExp(`^(${NUMBER})°[\\s,]*(?:(${NUMBER})(?:'[\\s,]*(?:(${NUMBER})"?)?)?)?$`);
const SMALL = /^\d+(?:\.\d+)?e[-+]\d{1,3}$/;

/**
 * An angle as XMP writers, tables and people write it: `43,28.2868N` and `43,28,17.2N` (XMP specification part 1,
 * GPSCoordinate), `43.47`, `43 deg 28' 17.21" N`, `43° 28′ 17,21″ N`, `N 43.47`, `43:28:17.2 South latitude`, fractions as EXIF
 * has them. It counts only where it is unambiguous: not with a sign that contradicts the letter, two different letters, a
 * letter of the other axis, or a comma that could precede minutes or decimals.
 * @param reference the hemisphere that is given separately, as in `exif:GPSLatitudeRef`.
 * @param bareDecimal whether unsigned decimal degrees without a letter are north or east, as everywhere but in EXIF.
 */
export function readAngle(text: string, axis: Axis, reference: string | null = null, bareDecimal = true): Angle {
  const match = text.length > LENGTH_MAX ? null : WORDS_AROUND.exec(plainMarks(text));
  if (match === null) return { fault: 'is not written as degrees' };
  const [, before, body = '', behind] = match;
  const sign = /^[-+]/.exec(body)?.[0] ?? null;
  const parts = splitParts(body.replace(/^[-+]\s*/, ''), before !== undefined || behind !== undefined);
  if (parts === null) return { fault: 'is not written as degrees' };
  return signedAngle(parts, axis, {
    letters: [before, behind, reference ?? undefined],
    sign,
    bareDecimal: bareDecimal && parts.length === 1,
  });
}

export interface AngleSigns {
  readonly letters: readonly (string | undefined)[];
  readonly sign: string | null;
  readonly bareDecimal: boolean;
}

/** Degrees, minutes and seconds as one signed number; each part may be null where its writer did not know it. */
export function signedAngle(parts: readonly (number | null)[], axis: Axis, signs: AngleSigns): Angle {
  const size = sizeOf(parts);
  if (typeof size !== 'number') return size;
  const sides = new Set<Side>();
  for (const letter of signs.letters) {
    if (letter === undefined || letter.trim() === '') continue;
    const side = sideOf(letter, axis);
    if (typeof side !== 'string') return side;
    sides.add(side);
  }
  if (sides.size > 1) return { fault: 'has two different hemisphere letters' };
  const [side] = sides;
  if (size === 0) return 0;
  if (side === undefined) {
    if (signs.sign === null && !signs.bareDecimal) return { fault: LACKS[axis] };
    return signs.sign === '-' ? -size : size;
  }
  if (signs.sign !== null && (signs.sign === '-') !== (side === 'negative')) {
    return { fault: 'has a sign and a hemisphere letter that contradict each other' };
  }
  return side === 'negative' ? -size : size;
}

const LACKS: Readonly<Record<Axis, string>> = {
  lat: 'lacks its hemisphere letter (N or S), so that it could be on either side',
  lon: 'lacks its hemisphere letter (E or W), so that it could be on either side',
};

function sideOf(letter: string, axis: Axis): Side | { readonly fault: string } {
  const match = LETTER.exec(letter.trim().toLowerCase());
  if (match === null) return { fault: 'has a hemisphere letter that is none' };
  const [, letters = '', otherAxis] = match;
  const side = SIDES[axis][letters.charAt(0)];
  if (side === undefined || (otherAxis !== undefined && otherAxis !== axis)) {
    return { fault: 'has a hemisphere letter of the other axis' };
  }
  return side;
}

function sizeOf(parts: readonly (number | null)[]): number | { readonly fault: string } {
  const [degrees, minutes = 0, seconds = 0] = parts;
  if (degrees === null || degrees === undefined || minutes === null) return { fault: 'has an unknown part (0/0)' };
  // Writers of decimal minutes leave the seconds unknown; with whole minutes they really are unknown.
  if (seconds === null && Number.isInteger(minutes)) return { fault: 'has unknown seconds (0/0)' };
  if (minutes > 60 || (seconds ?? 0) > 60 || minutes < 0 || (seconds ?? 0) < 0) {
    return { fault: 'has minutes or seconds over 60' };
  }
  return degrees + minutes / 60 + (seconds ?? 0) / 3600;
}

/** Replaces all ways to write a mark by one: `°`, `'`, `"`, `-`, and a space for any space. */
function plainMarks(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[º˚]/g, '°')
      .replace(/[′’‘ʹ´`]/g, "'")
      .replace(/[″”“ʺ]|''/g, '"')
      .replace(/[−–]/g, '-')
      .replace(/\s+/g, ' ')
      .replace(/(\d) ?(?:degrees?|deg\.?|d)(?![a-z])/g, '$1°')
      .replace(/(\d) ?(?:minutes?|mins?\.?|m)(?![a-z])/g, "$1'")
      .replace(/(\d) ?(?:seconds?|secs?\.?)(?![a-z])/g, '$1"')
      // A lone s is south, unless another letter follows.
      .replace(/(\d) ?s(?= ?(?:[nsew]|north|south|east|west)(?![a-z]))/g, '$1"')
      .trim()
  );
}

/**
 * The parts of an unsigned angle; null where it has no reading or two. A comma separates degrees and minutes in XMP and is the
 * decimal mark in many countries: three digits or more behind a single one can only be decimals, one or two are minutes only in
 * XMP's own form, which ends in a letter.
 */
function splitParts(body: string, lettered: boolean): readonly (number | null)[] | null {
  if (SMALL.test(body)) return [Number(body)];
  const decimalComma = /^\d+,\d{3,}$/.test(body) || /[°: ]/.test(body.replace(/\s*,\s+|\s+,\s*/g, ';'));
  const dotted = decimalComma ? body.replace(/(\d),(\d)/g, '$1.$2') : body;
  if (!lettered && /^\d+\s*,\s*\d{1,2}$/.test(dotted)) return null;
  const match = MARKED.exec(dotted) ?? PLAIN.exec(dotted);
  if (match === null) return null;
  const parts = match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(quotient);
  return parts.every((part, i) => part === null || Number.isInteger(part) || parts.slice(i + 1).every((rest) => !rest))
    ? parts
    : null;
}

function quotient(text: string): number | null {
  const [above = '', below = '1'] = text.split('/');
  const value = Number(above) / Number(below);
  return Number.isFinite(value) ? value : null;
}
