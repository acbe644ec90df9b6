/** A table's decimal mark, as its other numbers show it; null where they show both or none. */
export type DecimalMark = '.' | ',' | null;

const NUMBER = /^([+-]?)\s?(\d+(?:[.,]\d+)?|[.,]\d+)(e[+-]?\d{1,3})?\s?(.*)$/iu;
/** One group of three digits after a mark: decimals or thousands. */
const GROUPED = /^[1-9]\d{0,2}[.,]\d{3}$/;
const METRES =
  /^(?:m|metres?|meters?|mtr)?\.?\s*(?:(above|below) sea level|a\.?\s?s\.?\s?l\.?|asl|amsl|msl|ü\.?\s?nn|ü\.?\s?m\.?)?$/iu;
const POINTS = ['N', 'NNE', 'NE', 'ENE', 'E', 'ESE', 'SE', 'SSE', 'S', 'SSW', 'SW', 'WSW', 'W', 'WNW', 'NW', 'NNW'];
const DEGREES = /^(?:°|º|˚|deg|degs|degrees?|deg\.)?\s*(?:true|magnetic)?\s*(?:north)?$/iu;

/** A decimal number and the text after it; null for anything else, and for numbers that may have a thousands mark. */
function readNumber(text: string, mark: DecimalMark): { readonly value: number; readonly rest: string } | null {
  const clean = text
    .replace(/[\s\p{Z}]+/gu, ' ')
    .replace(/[\u2010-\u2013\u2212\ufe63\uff0d]/g, '-')
    .trim();
  const [whole, sign = '', digits = '', exponent = '', rest = ''] = NUMBER.exec(clean) ?? [];
  if (whole === undefined || /^[.,\d]/.test(rest)) return null;
  const written = digits.includes(',') ? ',' : '.';
  // "1,234" is 1.234 only where the table writes decimals so; "1.234" unless the table writes them with commas.
  if (GROUPED.test(digits) && (written === ',' ? mark !== ',' : mark === ',')) return null;
  return { value: Number(`${sign}${digits.replace(',', '.')}${exponent}`), rest: rest.trim() };
}

/**
 * Metres above the sea from `171.5`, `171,5 m`, `12 m Below Sea Level`; null where the text says something else.
 * @param reference what a column like ExifTool's GPSAltitudeRef says, '' where there is none
 */
export function readAltitude(text: string, reference: string, mark: DecimalMark): number | null {
  const number = readNumber(text, mark);
  const unit = METRES.exec(number?.rest ?? '');
  if (number === null || unit === null) return null;
  const isBelow = /^below$/i.test(unit[1] ?? '') || /below|^\s*[13]\s*$/i.test(reference);
  const metres = isBelow ? -Math.abs(number.value) : number.value;
  return Math.abs(metres) <= 20_000 ? metres : null;
}

/** Degrees from north, clockwise, from `275`, `275,5°`, `275 deg`, `WNW`; null where the text says something else. */
export function readHeading(text: string): number | null {
  const letters = text
    .trim()
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/NORTH/g, 'N')
    .replace(/EAST/g, 'E')
    .replace(/SOUTH/g, 'S')
    .replace(/WEST/g, 'W');
  const point = POINTS.indexOf(letters);
  if (point >= 0) return point * 22.5;
  // A heading has no thousands, so a comma is always decimal.
  const number = readNumber(text, text.includes(',') ? ',' : '.');
  if (number === null || !DEGREES.test(number.rest)) return null;
  return number.value >= -180 && number.value <= 360 ? (number.value + 360) % 360 : null;
}
