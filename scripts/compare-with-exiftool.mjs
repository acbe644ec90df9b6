// `node scripts/compare-with-exiftool.mjs DIR [--json] [--dist DIR]`: reads every photo and XMP file of a folder with
// ExifTool and with the built streetdex, and prints where they differ, each kind with its count and first examples.
// Without ExifTool it says so and ends well: the comparison is a measure, not a part of the program.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { clockOf, exiftoolVersion, factsOfExiftool, readWithExiftool, zoneOf } from './exiftool-facts.mjs';

const EXAMPLES = 3;
const WRONG_M = 25;
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Facts beside the position, and when two values of one are the same. */
const FACTS = [
  ['time', (a, b) => a === b],
  ['zone', (a, b) => a === b],
  ['heading', (a, b) => Math.abs(((a - b + 540) % 360) - 180) < 0.5],
  ['altitude', (a, b) => Math.abs(a - b) < 1],
  ['author', (a, b) => plain(a) === plain(b)],
  ['orientation', (a, b) => a === b],
  ['size', (a, b) => a === b],
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, dist: { type: 'string' } },
});
if (positionals.length !== 1) {
  console.error('Usage: node scripts/compare-with-exiftool.mjs DIR [--json] [--dist DIR]');
  process.exit(2);
}
const version = exiftoolVersion();
if (version === null) {
  const skipped = 'ExifTool is not installed (Debian: libimage-exiftool-perl); nothing was compared.';
  console.log(values.json ? JSON.stringify({ skipped }) : skipped);
  process.exit(0);
}
const report = await compareFolder(resolve(positionals[0]));
console.log(values.json ? JSON.stringify(report, null, 1) : describe(report));

async function compareFolder(folder) {
  const read = await readers();
  const files = filesUnder(folder).filter((file) => read.takes(file));
  const theirs = readWithExiftool(files);
  const counts = { files: 0, exiftool: 0, ours: 0, both: 0, wrong: 0, only_exiftool: 0, only_ours: 0 };
  const kinds = new Map();
  for (const file of files) {
    const told = read.told(file);
    const own = { ...ownFacts(told.facts), ...(await header(file)) };
    const other = factsOfExiftool(theirs.get(file) ?? {});
    counts.files++;
    countPoints(counts, own.point, other.point);
    for (const [kind, ours, exiftool] of differences(own, other, told.notes)) {
      const known = kinds.get(kind) ?? { kind, count: 0, examples: [] };
      known.count++;
      if (known.examples.length < EXAMPLES) known.examples.push({ file: relative(folder, file), ours, exiftool });
      kinds.set(kind, known);
    }
  }
  const sorted = [...kinds.values()].sort((a, b) => a.kind.localeCompare(b.kind));
  return { exiftool: version, summary: counts, differences: sorted };
}

/** The public readers of a build; those of an older one too, by which a change is measured. */
async function readers() {
  const dist = values.dist ?? fileURLToPath(new URL('../dist', import.meta.url));
  const load = (name) => import(pathToFileURL(join(resolve(dist), 'images', name)).href);
  const [{ readPhotoFacts }, { readXmp }, { imageFormat }] = await Promise.all([
    load('photo-facts.js'),
    load('read-xmp.js'),
    load('image-format.js'),
  ]);
  const isXmp = (file) => /\.xmp$/i.test(file);
  return {
    takes: (file) => isXmp(file) || !['image', 'other'].includes(imageFormat(headOf(file)).kind),
    told: (file) => (isXmp(file) ? readXmp(readFileSync(file)) : readPhotoFacts(readFileSync(file))),
  };
}

function filesUnder(folder) {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/[\n\ufffd]/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return found.filter((file) => statSync(file).size <= FILE_BYTES_MAX).sort();
}

function headOf(file) {
  const head = Buffer.alloc(512);
  const descriptor = openSync(file, 'r');
  try {
    return head.subarray(0, readSync(descriptor, head, 0, head.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function ownFacts({ point, capturedAt, headingDeg, altitudeM, author }) {
  return {
    point,
    time: capturedAt === null ? null : clockOf(capturedAt),
    zone: capturedAt === null ? null : zoneOf(capturedAt),
    heading: headingDeg,
    altitude: altitudeM,
    author,
  };
}

/** Size and orientation as the header has them, before a pixel is decoded or turned. */
async function header(file) {
  try {
    const { width, height, pageHeight, orientation } = await sharp(file, { limitInputPixels: false }).metadata();
    return { size: `${width} x ${pageHeight ?? height}`, orientation: orientation ?? null };
  } catch {
    return { size: null, orientation: null };
  }
}

function countPoints(counts, own, other) {
  if (other !== null) counts.exiftool++;
  if (own !== null) counts.ours++;
  if (own !== null && other !== null) counts[metres(own, other) > WRONG_M ? 'wrong' : 'both']++;
  else if (other !== null) counts.only_exiftool++;
  else if (own !== null) counts.only_ours++;
}

function* differences(own, other, notes) {
  const said = notes.map(({ what }) => what).join('; ') || 'nothing is said of it';
  if (own.point !== null && other.point !== null) {
    const apart = metres(own.point, other.point);
    if (apart > WRONG_M) yield [`position: more than ${WRONG_M} m apart`, shown(own.point), shown(other.point)];
  } else if (other.point !== null) yield [`position: only ExifTool has one (${said})`, null, shown(other.point)];
  else if (own.point !== null) yield ['position: only ours', shown(own.point), null];
  for (const [name, equal] of FACTS) {
    const [ours, exiftool] = [own[name], other[name]];
    if (name === 'zone' && (own.time === null || own.time !== other.time)) continue;
    // A file that libvips does not open has no header to compare.
    if ((name === 'size' || name === 'orientation') && own.size === null) continue;
    if (ours === null && exiftool === null) continue;
    if (ours === null) yield [`${name}: only ExifTool has one`, ours, exiftool];
    else if (exiftool === null) yield [`${name}: only ours`, ours, exiftool];
    else if (!equal(ours, exiftool)) yield [`${name}: another one`, ours, exiftool];
  }
}

/** Text without what is trimmed or joined differently. */
function plain(text) {
  return String(text)
    .normalize('NFC')
    .replace(/[\p{Cc}\s,;]+/gu, ' ')
    .trim();
}

function shown({ lat, lon }) {
  return `${Number(lat.toFixed(6))}, ${Number(lon.toFixed(6))}`;
}

function metres(a, b) {
  const east = (((a.lon - b.lon + 540) % 360) - 180) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(a.lat - b.lat, east) * 111_195;
}

function describe({ exiftool, summary, differences: kinds }) {
  const lines = [`ExifTool ${exiftool}`, ''];
  lines.push(
    `| ${Object.keys(summary).join(' | ')} |`,
    `|${Object.keys(summary)
      .map(() => '---:|')
      .join('')}`,
  );
  lines.push(`| ${Object.values(summary).join(' | ')} |`, '');
  for (const { kind, count, examples } of kinds) {
    lines.push(`${count} × ${kind}`);
    for (const { file, ours, exiftool: theirs } of examples)
      lines.push(`    ${file}: ours ${ours}, ExifTool ${theirs}`);
  }
  return lines.join('\n');
}
