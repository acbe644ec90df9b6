// Draws docs/answer.png for the README: one real answer over the demo's index, as it comes from the program.
// node scripts/answer-picture.mjs   (after `npm run demo` has made the index)
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { App } from '../dist/app.js';
import { loadConfig } from '../dist/config/load-config.js';
import { openGazetteer } from '../dist/gazetteer/open-gazetteer.js';
import { polygonsOf } from '../dist/geo/borders.js';
import { destination } from '../dist/geo/distance.js';
import { root } from './prepare.mjs';

const demo = join(root, '.streetdex', 'demo');
const world = JSON.parse(readFileSync(join(demo, 'world', 'world.json'), 'utf8'));
const query = world.queries.filter((one) => one.indexed)[Number(process.argv[2] ?? 0)];
const answer = JSON.parse(
  execFileSync(process.execPath, ['dist/cli/main.js', 'locate', query.file, '--index', join(demo, 'index'), '--json'], {
    cwd: root,
  }),
);

const W = 1200;
const H = 760;
const MAP = { x: 424, y: 84, w: 752, h: 430 };
const best = answer.candidates[0];
const view = viewAround(answer.candidates);
const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const text = (x, y, size, content, more = '') =>
  `<text x="${x}" y="${y}" font-size="${size}" font-family="DejaVu Sans, sans-serif" fill="#1d2733" ${more}>${escaped(content)}</text>`;
const grey = 'style="fill:#5b6775"';

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}">
<rect width="${W}" height="${H}" fill="#f7f8fa"/>
${text(24, 50, 24, 'Where was this taken?', 'font-weight="bold"')}
${text(424, 50, 24, `${[best.place.name, best.place.country].filter(Boolean).join(', ')}: ${percent(best.probability)} within 100 km`, 'font-weight="bold"')}
${text(24, 352, 14, `Truth: ${query.town}, ${query.country} (${query.lat.toFixed(3)}, ${query.lon.toFixed(3)})`, grey)}
${text(24, 392, 15, 'Captions that fit', 'font-weight="bold"')}
${answer.captions.slice(0, 5).map(caption).join('')}
${text(24, 556, 15, 'Scenes that look alike', 'font-weight="bold"')}
<clipPath id="m"><rect x="${MAP.x}" y="${MAP.y}" width="${MAP.w}" height="${MAP.h}" rx="6"/></clipPath>
<g clip-path="url(#m)"><rect x="${MAP.x}" y="${MAP.y}" width="${MAP.w}" height="${MAP.h}" fill="#eef1f4"/>
${land()}
${circle(best.point, best.radius_90_km, 0.16)}${circle(best.point, best.radius_50_km, 0.28)}
${answer.candidates.map(marker).reverse().join('')}</g>
${text(MAP.x, MAP.y + MAP.h + 22, 12, `circles: 50 % and 90 % around the first candidate (${answer.calibrated ? 'calibrated' : 'not calibrated'}); numbers: candidates by probability`, grey)}
</svg>`;

const thumb = (file, w, h) => sharp(file).resize(w, h, { fit: 'cover' }).png().toBuffer();
const tiles = await Promise.all(
  answer.neighbours.slice(0, 6).map(async (neighbour, i) => ({
    input: await thumb(join(demo, 'world', 'references', neighbour.source), 184, 138),
    left: 24 + i * 194,
    top: 572,
  })),
);
const scores = answer.neighbours
  .slice(0, 6)
  .map((neighbour, i) => text(24 + i * 194, 732, 13, `cosine ${neighbour.score.toFixed(3)}`, grey));
const overlay = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}">${scores.join('')}</svg>`,
);
await sharp(Buffer.from(svg))
  .composite([
    { input: await thumb(query.file, 376, 252), left: 24, top: 76 },
    ...tiles,
    { input: overlay, left: 0, top: 0 },
  ])
  .png({ palette: true, quality: 90 })
  .toFile(join(root, 'docs', 'answer.png'));

function caption({ text: words, probability }, i) {
  const y = 414 + i * 25;
  return `<rect x="24" y="${y}" width="${Math.max(1, 70 * probability)}" height="16" fill="#7aa7d8"/>${text(102, y + 13, 12, `${percent(probability)}  ${words.slice(0, 40)}`)}`;
}

function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Degrees shown: the first candidate in the middle, wide enough for its 90 % circle, at least 12 degrees of latitude. */
function viewAround([first]) {
  const height = Math.min(120, Math.max(12, (first.radius_90_km / 111) * 2.6));
  const stretch = Math.max(0.2, Math.cos((first.point.lat * Math.PI) / 180));
  return { ...first.point, perLat: MAP.h / height, perLon: (MAP.h / height) * stretch };
}

function place([lon, lat]) {
  const east = ((lon - view.lon + 540) % 360) - 180;
  return [MAP.x + MAP.w / 2 + east * view.perLon, MAP.y + MAP.h / 2 - (lat - view.lat) * view.perLat];
}

/** Borders as thin lines (country-coder's run out to sea), every city of the gazetteer as a dot: enough to know where one is. */
function land() {
  const gazetteer = openGazetteer({ file: new App(loadConfig()).gazetteerFile() });
  const borders = gazetteer.countries.flatMap(({ iso2 }) => polygonsOf(iso2)).map(outline);
  const dots = gazetteer.cities.map(({ point, population }) => {
    const [x, y] = place([point.lon, point.lat]);
    return inMap(x, y)
      ? `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${(0.7 + Math.log10(population) / 4).toFixed(1)}" fill="#8d99a6"/>`
      : '';
  });
  gazetteer.close();
  return [...borders, ...dots].join('');
}

function outline(rings) {
  const paths = rings.map((ring) => ring.map(place));
  if (!paths.some((path) => path.some(([x, y]) => inMap(x, y)))) return '';
  const d = paths.map((path) => `M${path.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join('');
  return `<path d="${d}" fill="none" stroke="#c3cbd3" stroke-width="0.8"/>`;
}

function inMap(x, y) {
  return x > MAP.x - 60 && x < MAP.x + MAP.w + 60 && y > MAP.y - 60 && y < MAP.y + MAP.h + 60;
}

function circle(centre, km, opacity) {
  const points = Array.from({ length: 72 }, (_, i) => destination(centre, i * 5, Math.min(km, 9000)));
  return `<path d="M${points
    .map((p) =>
      place([p.lon, p.lat])
        .map((v) => v.toFixed(1))
        .join(' '),
    )
    .join('L')}Z" fill="#d9480f" fill-opacity="${opacity}" stroke="#d9480f" stroke-opacity="0.7"/>`;
}

function marker({ point }, i) {
  const [x, y] = place([point.lon, point.lat]);
  return `<circle cx="${x}" cy="${y}" r="11" fill="#1d2733"/>${text(x, y + 4.5, 12, i + 1, 'text-anchor="middle" style="fill:#fff"')}`;
}
