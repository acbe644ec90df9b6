import type { ChosenPrecision } from './choose-precision.js';
import { PARITY_LIMITS, type ParityCount } from './parity.js';

const HEADS: Readonly<Record<ParityCount, string>> = {
  lowestCosine: 'cosine',
  lowestCentredCosine: 'centred',
  logitDifferenceP99: 'logit p99',
  sameNeighbourShare: 'neighbour',
  sameCountryShare: 'country',
};

/** The comparison as lines of plain text, with the limits under the heads and `!` after what fails. */
export function parityTable({
  precision,
  parity,
  fitted,
}: Pick<ChosenPrecision, 'precision' | 'parity' | 'fitted'>): string[] {
  const counts = Object.keys(HEADS) as ParityCount[];
  const slower = Object.entries(fitted).filter(([name]) => !(name in parity));
  const rows = [
    ['', ...counts.map((count) => HEADS[count]), 's/image', 's/caption', ''],
    [
      'limit',
      ...counts.map((count) => `${count === 'logitDifferenceP99' ? '≤' : '≥'} ${PARITY_LIMITS[count]}`),
      '',
      '',
      '',
    ],
    ...Object.entries(parity).map(([name, record]) => [
      name,
      ...counts.map((count) => shown(count, record[count]) + (record.failedOn.includes(count) ? '!' : ' ')),
      record.secondsPerImage.toFixed(3),
      record.secondsPerCaption.toFixed(3),
      name === precision ? 'chosen' : record.holds ? 'holds' : 'fails',
    ]),
    ...slower.map(([name, { vision, text }]) => [
      name,
      ...counts.map(() => ''),
      vision.seconds.toFixed(3),
      text.seconds.toFixed(3),
      'slower',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function shown(count: ParityCount, value: number): string {
  if (count === 'logitDifferenceP99') return value.toFixed(3);
  // Rounded down, so that a failing figure never looks like one that holds.
  const digits = count === 'lowestCosine' || count === 'lowestCentredCosine' ? 4 : 2;
  return (Math.floor(value * 10 ** digits + 1e-6) / 10 ** digits).toFixed(digits);
}
