export type Axis = 'lat' | 'lon';

/** What the letter O stands for: East (Ost, Oost, Öst) or West (Ouest, Oeste, Ovest). */
export type LetterO = 'E' | 'W' | null;

export type ParsedAngle =
  | {
      /** Negative in the south and west. No range is checked but that of minutes and seconds. */
      readonly degrees: number;
      /** True where a sign or a hemisphere says on which side it is. */
      readonly signed: boolean;
    }
  /** Why it can't be read, to be put in brackets behind the text. */
  | { readonly reason: string };

type Hemisphere = 'N' | 'S' | 'E' | 'W';

const PLAIN = /^([+-]?)(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
/** XMP's form: `48,12.4917N`, `48,12,29N`. */
const XMP = /^(\d{1,3}),(\d{1,2})(?:,(\d{1,2}(?:\.\d+)?)|(\.\d+))([NSEW])$/i;
const TOKEN = /\d+(?:[.,]\d+)?|\p{L}+|''|[°'":+-]/gu;

/** English, German, French, Italian, Spanish, Portuguese, Dutch and the Nordic languages; the rest has other letters. */
const WORDS: ReadonlyMap<string, Hemisphere> = new Map(
  (
    [
      ['N', 'n north nord norte noord norr pohjoinen północ pn sever észak kuzey север с 北 北緯 北纬 북위'],
      ['S', 's south süd sued sud sur sul zuid syd söder etelä południe pd jih dél güney юг ю 南 南緯 南纬 남위'],
      [
        'E',
        'e east ost est este leste oost öst øst öster itä wschód wsch východ kelet doğu восток в 東 東経 东经 동경',
      ],
      [
        'W',
        'w west ouest oeste ovest west väst vest väster länsi zachód zach západ nyugat batı запад з 西 西経 西经 서경',
      ],
    ] as const
  ).flatMap(([hemisphere, words]) => words.split(' ').map((word) => [word, hemisphere] as const)),
);

/**
 * A latitude or longitude as people and programs write it: decimal degrees with a point or a comma, degrees with minutes
 * and seconds (`48°12'29.5"N`, `48 12 29.5`, `48:12:29.5`, `48d12m29s`, `48 deg 12' 29.50" N`), hemispheres by sign,
 * letter or word before or behind, any of the minus, degree, quote and space characters.
 * @param letterO what a lone O means; not read where that is not known
 */
export function parseAngle(text: string, axis: Axis, letterO: LetterO = null): ParsedAngle {
  const plain = PLAIN.exec(text.trim());
  if (plain) return { degrees: Number(plain[0]), signed: plain[1] !== '' };
  const clean = normalised(text);
  const xmp = XMP.exec(clean);
  if (xmp) {
    const [, degrees = '', minutes = '', seconds, fraction = '', letter = ''] = xmp;
    const numbers = [degrees, `${minutes}${fraction}`, ...(seconds === undefined ? [] : [seconds])];
    return angle(numbers, null, letter.toUpperCase() as Hemisphere, axis);
  }
  if (clean.replace(TOKEN, '').trim() !== '') return { reason: odd(clean) };
  return fromTokens(clean.match(TOKEN) ?? [], axis, letterO);
}

function normalised(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{Z}\u200e\u200f]+/gu, ' ')
    .replace(/[\u2010-\u2013\u2212\ufe63\uff0d]/g, '-')
    .replace(/[º˚]/g, '°')
    .replace(/[′’‘ʹ´`]/g, "'")
    .replace(/[″”“ʺ]/g, '"')
    .replace(/\b(\p{L}+)\./gu, '$1')
    .trim();
}

function fromTokens(tokens: readonly string[], axis: Axis, letterO: LetterO): ParsedAngle {
  const numbers: string[] = [];
  const sides: string[] = [];
  let sign: string | null = null;
  let lettered = false;
  let ended = false;
  for (const [at, token] of tokens.entries()) {
    if (/^\d/.test(token)) {
      if (ended) return { reason: 'something stands behind its hemisphere' };
      numbers.push(token);
    } else if (token === '+' || token === '-') {
      if (sign !== null || numbers.length > 0) return { reason: 'a sign stands within it' };
      sign = token;
    } else if (isMark(token, numbers.length, lettered, at === tokens.length - 1)) {
      if (!/^\d/.test(tokens[at - 1] ?? '')) return { reason: 'a mark stands without a number' };
      lettered ||= /^m/i.test(token);
    } else {
      sides.push(token);
      ended = numbers.length > 0;
    }
  }
  const last = sides.at(-1) ?? '';
  const isUnmarked = numbers.length === 3 && /^\d/.test(tokens.at(-2) ?? '');
  if (ended && isUnmarked && (last === 's' || (last === 'S' && lettered))) {
    return { reason: `its ${last} can be seconds or South` };
  }
  if (numbers.length === 0) return { reason: 'it is no angle' };
  if (sides.length > 1) return { reason: 'it has more than one hemisphere or other words' };
  if (sides[0] === undefined) return angle(numbers, sign, null, axis);
  const side = hemisphereOf(sides[0], letterO);
  return side.length > 1 ? { reason: side } : angle(numbers, sign, side as Hemisphere, axis);
}

/** Whether a token is the mark of the number before it: the first is degrees, the second minutes, the third seconds. */
function isMark(token: string, numbers: number, lettered: boolean, isLast: boolean): boolean {
  if (token === ':') return numbers < 3 && !isLast;
  if (numbers === 1) return /^(°|d|deg|degrees?)$/i.test(token);
  if (numbers === 2) return /^('|m|min|mins|minutes?)$/i.test(token);
  if (numbers === 3) return /^("|''|sec|secs|seconds?)$/i.test(token) || (lettered && token === 's');
  return false;
}

/**
 * The hemisphere that a word or letter names, or why it names none.
 * @param letterO as for `parseAngle`
 */
export function hemisphereOf(word: string, letterO: LetterO = null): string {
  const key = word.normalize('NFC').trim().replace(/\.$/, '').toLowerCase();
  if (key === 'o') return letterO ?? 'its O is East in German and West in French, Spanish and Italian';
  if (/^[vzlöø]$/.test(key)) return `its ${word} stands for different directions in different languages`;
  return WORDS.get(key) ?? `${JSON.stringify(word.slice(0, 20))} is no hemisphere`;
}

function angle(numbers: readonly string[], sign: string | null, side: Hemisphere | null, axis: Axis): ParsedAngle {
  if (numbers.length === 0 || numbers.length > 3) return { reason: 'it is no angle' };
  if (side !== null && (side === 'N' || side === 'S') !== (axis === 'lat')) {
    return { reason: `${side} is no side of a ${axis === 'lat' ? 'latitude' : 'longitude'}` };
  }
  if (numbers.slice(0, -1).some((number) => /[.,]/.test(number)))
    return { reason: 'only its last number may have decimals' };
  const [degrees = 0, minutes = 0, seconds = 0] = numbers.map((number) => Number(number.replace(',', '.')));
  // Programs that round the last number write 60 now and then.
  if (minutes > 60 || seconds > 60) return { reason: 'its minutes and seconds must be below 60' };
  if (sign === '-' && (side === 'N' || side === 'E'))
    return { reason: `its minus and its ${side} contradict each other` };
  const size = degrees + minutes / 60 + seconds / 3600;
  const isNegative = sign === '-' || side === 'S' || side === 'W';
  return { degrees: isNegative ? -size : size, signed: sign !== null || side !== null };
}

function odd(text: string): string {
  if (/^\D?\d{1,3}([.,' ]\d{3}){2,}/.test(text)) return 'it has separators of thousands in it';
  return 'it is no angle';
}
