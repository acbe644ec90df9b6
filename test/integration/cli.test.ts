import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { distanceKm } from '../../src/geo/distance.js';
import { DEFAULT_PROFILE } from '../../src/locate/blend-profile.js';
import { commandLine, ownProcess } from '../support/command-line.js';
import { fixture } from '../support/fixtures.js';
import { makePhoto } from '../support/make-photo.js';
import { makeDanglingLink, makePipe, writeNotUtf8 } from '../support/odd-entries.js';
import { smallGazetteer } from '../support/small-gazetteer.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const PHOTOS = readdirSync(fixture('clip-preprocess')).filter((name) => name.endsWith('.jpg'));

let folder: string;
let photos: string;
let index: string;

const { run } = commandLine();
const environment = { ...process.env, STREETDEX_MODEL: fixture('tiny-clip'), STREETDEX_THREADS: '1' };

function streetdex(...args: string[]) {
  return run([...args, '--data-dir', join(folder, 'data')], environment);
}

beforeAll(() => {
  folder = temporaryFolder();
  smallGazetteer(join(folder, 'data'));
  photos = join(folder, 'photos of a walk');
  index = join(folder, 'index');
  mkdirSync(photos);
  for (const name of PHOTOS) copyFileSync(join(fixture('clip-preprocess'), name), join(photos, name));
  const rows = PHOTOS.map((name, i) => `${name},${54 + i / 10},18.6,w${i}`);
  writeFileSync(join(photos, 'walk.csv'), ['file,lat,lon,sequence', ...rows, 'missing.jpg,1,2,x', ''].join('\n'));
}, 120_000);

describe('the command line', () => {
  it.each(['ingest', 'index verify'])('%s explains itself with examples', (name) => {
    const { status, stdout } = streetdex(...name.split(' '), '--help');
    expect(status).toBe(0);
    expect(stdout).toContain(`Usage: streetdex ${name}`);
    expect(stdout).toMatch(/Examples:\n {2}\S/);
  });

  it('shows label sets, shipped and one’s own, which a shown one can become', () => {
    const shown = streetdex('label-sets', 'show', 'light', '--json');
    const own = { ...JSON.parse(shown.stdout), id: 'my-light' };
    mkdirSync(join(folder, 'data', 'label-sets'), { recursive: true });
    writeFileSync(join(folder, 'data', 'label-sets', 'my-light.json'), JSON.stringify(own));
    writeFileSync(join(folder, 'data', 'label-sets', 'broken.json'), '{}');
    const listed = JSON.parse(streetdex('label-sets', 'list', '--json').stdout);
    const named = (name: string) => listed.find((one: { name: string }) => one.name === name);
    expect(named('my-light')).toMatchObject({ own: true, zero_shot: true, kind: 'exclusive', error: null });
    expect(named('broken')).toMatchObject({ own: true, labels: null, error: expect.stringContaining('label set') });
    expect(named('damage')).toMatchObject({ own: false, zero_shot: false });
    expect(streetdex('label-sets', 'list').stdout).toMatch(/my-light .* yours/);
    expect(streetdex('label-sets', 'show', 'my-light').stdout).toContain('low_sun');
    expect(streetdex('label-sets', 'show', 'lihgt')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('light?'),
    });
  });

  it('lists its commands, and names the known ones for an unknown one', () => {
    expect(streetdex('--help').stdout).toContain('locate');
    const { status, stderr } = streetdex('index', 'explode');
    expect(status).toBe(2);
    expect(stderr).toContain('index verify');
    expect(stderr).toContain('[unknown_command]');
  });

  it('says its version, also as npx starts it', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(streetdex('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const npx = spawnSync('npx', ['--no-install', 'streetdex', '--version'], { encoding: 'utf8', shell: true });
    expect(npx.stdout).toBe(`${version}\n`);
  });

  it('explains a command or a group by help and by --help alike', () => {
    expect(streetdex('help', 'index', 'verify').stdout).toBe(streetdex('index', 'verify', '--help').stdout);
    expect(streetdex('help', 'index').stdout).toBe(streetdex('index', '--help').stdout);
    expect(streetdex('index', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('index remap') });
    expect(streetdex('index')).toMatchObject({ status: 2, stdout: expect.stringContaining('index remap') });
    expect(streetdex('help', 'locate', 'here').stderr).toContain('[usage]');
  });

  it('asks whether another command, flag or value was meant', () => {
    expect(streetdex('lcoate', 'x.jpg')).toMatchObject({ status: 2, stderr: expect.stringContaining('mean locate?') });
    expect(streetdex('similar', 'x.jpg', '--limt', '3').stderr).toContain('Did you mean --limit?');
    expect(streetdex('evaluate', '--leave-out', 'authr').stderr).toContain('Did you mean author?');
  });

  it('plans an ingest without changing anything', () => {
    const { status, stdout } = streetdex('ingest', join(photos, 'walk.csv'), '--index', index, '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain(`${PHOTOS.length} added`);
    expect(streetdex('index', 'stats', '--index', index).stderr).toContain('[index_not_found]');
  });

  it('answers by place names alone where a model is named and no index is there, and says so', () => {
    const photo = join(photos, PHOTOS[0] as string);
    for (const [args, said] of [
      [[], 'No index was given'],
      [['--index', index], `There is no index at ${index}`],
    ] as const) {
      const { status, stdout, stderr } = streetdex('locate', photo, ...args, '--json');
      expect(status).toBe(0);
      expect(stderr).toContain(said);
      const answer = JSON.parse(stdout);
      expect(answer).toMatchObject({
        neighbours: [],
        index_coverage: { covered: false, reason: 'no_references' },
        verdict: { word: 'not_checked' },
        blend: { retrieval_alone: null },
      });
      expect(answer.captions.length).toBeGreaterThan(0);
      expect(answer.candidates.length).toBeGreaterThan(0);
    }
    expect(existsSync(index)).toBe(false);
    expect(streetdex('similar', photo, '--index', index).stderr).toContain('[index_not_found]');
    expect(streetdex('similar', photo).stderr).toContain('[index_not_given]');
  });

  it('ingests, says what failed and why, and adds nothing the second time', () => {
    const first = streetdex('ingest', join(photos, 'walk.csv'), '--index', index, '--json');
    const events = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; report?: unknown });
    expect(first.status).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: 'done', report: { added: PHOTOS.length, failed: 1 } });
    const second = streetdex('ingest', join(photos, 'walk.csv'), '--index', index, '--strict');
    expect(second.status).toBe(1);
    expect(second.stdout).toMatch(/ 0 added, 0 updated, \d+ unchanged, 1 failed/);
    expect(streetdex('index', 'failures', '--index', index).stdout).toMatch(/file_missing +missing\.jpg/);
    const stats = JSON.parse(streetdex('index', 'stats', '--index', index, '--json').stdout) as Record<string, unknown>;
    expect(stats).toMatchObject({ references: PHOTOS.length, sources: PHOTOS.length, failures: 1 });
  });

  it('finds a reference by its own photo, and the same by its id', () => {
    const photo = join(photos, PHOTOS[2] as string);
    const byPhoto = JSON.parse(streetdex('similar', photo, '--index', index, '--json').stdout) as {
      results: { id: string; score: number; source: string }[];
    };
    expect(byPhoto.results[0]).toMatchObject({ source: PHOTOS[2] });
    expect(byPhoto.results[0]?.score).toBeGreaterThan(0.999);
    const id = byPhoto.results[0]?.id as string;
    const byId = JSON.parse(streetdex('similar', '--id', id, '--index', index, '--json').stdout);
    expect(byId.results).toEqual(byPhoto.results);
    expect(streetdex('reference', 'show', id, '--index', index).stdout).toContain(PHOTOS[2]);
  });

  it('takes the start of an id as it prints one', () => {
    const rows = streetdex('similar', join(photos, PHOTOS[3] as string), '--index', index, '--limit', '1').stdout;
    const start = /^1\.0000 .* ([0-9a-f]{12}) /m.exec(rows)?.[1] as string;
    const shown = JSON.parse(streetdex('reference', 'show', start, '--index', index, '--json').stdout) as {
      id: string;
    }[];
    expect(shown).toEqual([expect.objectContaining({ id: expect.stringMatching(`^${start}.{20}$`) })]);
    expect(streetdex('similar', '--id', start, '--index', index, '--limit', '1').stdout).toBe(rows);
    const planned = streetdex('reference', 'delete', start, '--index', index, '--dry-run', '--json');
    expect(JSON.parse(planned.stdout)).toEqual({ dry_run: true, deleted: [shown[0]?.id], missing: [] });
  });

  it('says what a deletion would do, and does nothing of it in a dry run', () => {
    const { results } = JSON.parse(
      streetdex('similar', join(photos, PHOTOS[4] as string), '--index', index, '--json').stdout,
    ) as { results: { id: string }[] };
    const id = results[0]?.id as string;
    const { status, stdout } = streetdex('reference', 'delete', id, 'beef', '--index', index, '--dry-run');
    expect(status).toBe(2);
    expect(stdout).toContain('Nothing is changed by this dry run.');
    expect(stdout).toMatch(new RegExp(`${id.slice(0, 12)} .* ${PHOTOS[4]}`));
    expect(stdout).toContain('Not in the index: beef.');
    expect(streetdex('reference', 'show', id, '--index', index).status).toBe(0);
  });

  it('locates what it can of a folder, and says what it could not', async () => {
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    for (const name of ['a.jpg', 'z.jpg']) copyFileSync(join(photos, PHOTOS[0] as string), join(odd, name));
    makeDanglingLink(join(odd, 'b.jpg'));
    makePipe(join(odd, 'c.jpg'));
    writeNotUtf8(odd, '');
    const { status, stdout } = streetdex('locate', odd, join(odd, 'b.jpg'), '--index', index, '--json');
    const results = JSON.parse(stdout) as { file: string; answer: object | null; error: { code: string } | null }[];
    expect(status).toBe(0);
    expect(
      results.map(({ file, answer, error }) => [basename(file), answer === null ? error?.code : 'answered']),
    ).toEqual([
      ['Stra\\xDFe.jpg', 'name_not_utf8'],
      ['a.jpg', 'answered'],
      ['b.jpg', 'file_missing'],
      ['c.jpg', 'not_a_file'],
      ['z.jpg', 'answered'],
      ['b.jpg', 'file_missing'],
    ]);
    const alone = streetdex('similar', join(odd, 'c.jpg'), '--index', index);
    expect(alone.stderr).toContain('[not_a_file]');
  });

  it('sets beside the answer where a photo says that it was taken: by itself, a sidecar, or the index', async () => {
    const known = join(folder, 'known');
    mkdirSync(known);
    writeFileSync(join(known, 'exif.jpg'), await makePhoto(77, { lat: 48.25, lon: 16.5 }));
    writeFileSync(join(known, 'beside.jpg'), await makePhoto(78));
    writeFileSync(
      join(known, 'beside.jpg.xmp'),
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="47,30.0N" exif:GPSLongitude="9,45.0E"/></rdf:RDF></x:xmpmeta>',
    );
    writeFileSync(join(known, 'nothing.jpg'), await makePhoto(79));
    copyFileSync(join(photos, PHOTOS[0] as string), join(known, 'reference.jpg'));
    const rows = parse(streetdex('locate', known, '--index', index, '--csv').stdout, { columns: true }) as Record<
      string,
      string
    >[];
    const of = (name: string) => rows.find(({ file }) => file?.endsWith(name)) ?? {};
    expect(of('exif.jpg')).toMatchObject({ known_lat: '48.25', known_lon: '16.5', known_from: 'photo' });
    expect(of('beside.jpg')).toMatchObject({ known_lat: '47.5', known_lon: '9.75', known_from: 'xmp' });
    expect(of('reference.jpg')).toMatchObject({ known_lat: '54', known_lon: '18.6', known_from: 'index' });
    expect(of('nothing.jpg')).toMatchObject({ known_lat: '', known_from: '', error_km: '' });
    for (const { known_lat, known_lon, lat, lon, error_km } of rows.filter((row) => row.known_lat !== '')) {
      const km = distanceKm({ lat: Number(known_lat), lon: Number(known_lon) }, { lat: Number(lat), lon: Number(lon) });
      expect(Number(error_km)).toBeCloseTo(km, 1);
    }
    const rounded = streetdex('locate', join(known, 'exif.jpg'), '--index', index, '--round-km', '100', '--json');
    expect(JSON.parse(rounded.stdout).known.point).not.toEqual({ lat: 48.25, lon: 16.5 });
    const text = streetdex('locate', join(known, 'beside.jpg'), '--index', index).stdout;
    expect(text).toMatch(
      /Taken at 47\.5000, 9\.7500 by its XMP sidecar; the answer is [\d.]+ km from there \(this was not used as evidence\)/,
    );
    expect(text).toMatch(/Not checked: nobody has measured/);
  });

  it('locates a folder as CSV with one line for each photo, and as GeoJSON with longitude first', () => {
    const run = streetdex('locate', photos, '--index', index, '--csv');
    expect(run.stderr).toContain(`${PHOTOS.length}/${PHOTOS.length}`);
    const csv = run.stdout.trim().split('\n');
    expect(csv).toHaveLength(PHOTOS.length + 1);
    const [head, row] = csv.map((line) => line.split(','));
    expect(head?.slice(0, 3)).toEqual(['file', 'lat', 'lon']);
    const geojson = JSON.parse(streetdex('locate', photos, '--index', index, '--geojson').stdout);
    const [first, circle] = geojson.features;
    expect(first.properties).toMatchObject({ kind: 'candidate', rank: 1 });
    expect(circle).toMatchObject({ geometry: { type: 'Polygon' }, properties: { kind: 'circle', file: row?.[0] } });
    expect(first.properties.file).toBe(row?.[0]);
    expect(first.geometry.coordinates).toEqual([Number(row?.[2]), Number(row?.[1])]);
  });

  it('answers one photo with candidates and evidence, itself left out', () => {
    const answer = JSON.parse(
      streetdex('locate', join(photos, PHOTOS[0] as string), '--index', index, '--json').stdout,
    );
    expect(answer.query.reference_id).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.neighbours.map((one: { id: string }) => one.id)).not.toContain(answer.query.reference_id);
    expect(answer.candidates.length).toBeGreaterThan(0);
    expect(answer.captions.length).toBeGreaterThan(0);
  });

  it('takes what the asker knows, and says what it did', () => {
    const photo = join(photos, PHOTOS[0] as string);
    const hinted = streetdex('locate', photo, '--index', index, '--hint-near', '-33.9,18.4,50', '--json');
    const { hints, candidates, calibrated } = JSON.parse(hinted.stdout);
    expect(hints.given).toEqual({ near: { lat: -33.9, lon: 18.4, uncertainty_km: 50 } });
    expect(hints.agreeing_mass_without).toBeLessThan(0.5);
    expect(candidates.length).toBeGreaterThan(0);
    expect(calibrated).toBe(false);
    const byName = streetdex('locate', photo, '--index', index, '--hint-country', 'Polska, germany', '--json');
    expect(JSON.parse(byName.stdout).hints.given).toEqual({ country: ['PL', 'DE'] });
    const words = streetdex('locate', photo, '--index', index, '--hint-country', 'PL,DE', '--hint-not-country', 'US');
    expect(words.stdout).toMatch(/Without the hints, \d+\.\d % of the probability lies where they hold/);
  });

  it.each([
    ['--hint-near', '1,2'],
    ['--hint-near', '1,2,three'],
    ['--hint-bbox', '1,2,3'],
    ['--hint-not-bbox', '0,10,1,5'],
    ['--hint-country', 'Atlantis'],
    ['--hint-not-country', 'DE,Polnd'],
  ])('refuses the hint %s %s by its flag', (flag, value) => {
    const { status, stderr } = streetdex('locate', join(photos, PHOTOS[0] as string), '--index', index, flag, value);
    expect(status).toBe(2);
    expect(stderr).toContain(`Expected ${flag} `);
    expect(stderr).toContain('[usage]');
  });

  it('says why a blend profile is not used, and where one is broken', () => {
    const copy = join(folder, 'copy with a profile');
    expect(streetdex('index', 'backup', '--index', index, '--to', copy).status).toBe(0);
    const stats = () => JSON.parse(streetdex('index', 'stats', '--index', copy, '--json').stdout);
    const { model, blend } = stats();
    expect(blend).toMatchObject({ profile: 'default', calibrated: false, queries: 0, refused: null });
    const provenance = { ...DEFAULT_PROFILE.provenance, model, queries: 700, date: '2026-11-22' };
    const keep = (profile: unknown) => writeFileSync(join(copy, 'blend-profile.json'), JSON.stringify(profile));
    const photo = join(photos, PHOTOS[0] as string);
    keep({ ...DEFAULT_PROFILE, name: 'fitted here', provenance });
    expect(stats().blend).toMatchObject({ profile: 'fitted here', queries: 700, date: '2026-11-22', refused: null });
    const located = streetdex('locate', photo, '--index', copy, '--json');
    expect(JSON.parse(located.stdout).blend.profile).toBe('fitted here');
    expect(located.stderr).not.toContain('not used');
    keep({ ...DEFAULT_PROFILE, name: 'from elsewhere', provenance: { ...provenance, model: 'b'.repeat(64) } });
    expect(stats().blend.refused).toContain('from elsewhere');
    const refused = streetdex('locate', photo, '--index', copy, '--json');
    expect(refused.stderr).toContain('The blend profile from elsewhere was fitted for the model bbbbbbbbbbbb…');
    expect(JSON.parse(refused.stdout)).toMatchObject({ calibrated: false, blend: { profile: 'default' } });
    keep({ format: 'something else' });
    expect(stats().blend.error).toContain('blend-profile.json');
    const broken = streetdex('locate', photo, '--index', copy);
    expect(broken.status).toBe(2);
    expect(broken.stderr).toContain('[blend_profile_invalid]');
  });

  it('labels a photo with probabilities that sum to 1', () => {
    const { stdout } = streetdex(
      'classify',
      join(photos, PHOTOS[0] as string),
      '--labels',
      '"Rome, Italy",Paris',
      '--json',
    );
    const { labels } = JSON.parse(stdout) as { labels: { label: string; probability: number }[] };
    expect(labels.map(({ label }) => label).sort()).toEqual(['Paris', 'Rome, Italy']);
    expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
  });

  it.each([
    ['the caller’s fault is 2', ['locate', 'nowhere.jpg'], 2],
    ['a flag that is none is 2', ['locate', 'x.jpg', '--fast'], 2],
    ['what this engine does not offer is 2', ['index', 'reconcile'], 2],
    ['a repair without replicas is 2', ['index', 'verify', '--repair'], 2],
    ['a part that is none is 2', ['ingest', '.', '--part', '3/2'], 2],
    ['a copy of nowhere is 2', ['index', 'copy', '--from', 'nowhere', '--to', 'somewhere'], 2],
    ['a setting that is wrong is 2', ['serve', '--port', 'eighty'], 2],
  ])('exits by the family of the error: %s', (_name, args, code) => {
    expect(streetdex(...args, '--index', index).status).toBe(code);
  });

  it.each([
    [0, ['--help']],
    [2, ['index', 'explode']],
    [2, ['locate', 'nowhere.jpg']],
    [1, ['ingest', '--strict']],
    [0, ['index', 'failures', '--json']],
  ])('exits with %d and says what it says, also in a process of its own: %j', (code, args) => {
    const [command = '', ...rest] = args;
    const whole = [command, ...(command === 'ingest' ? [join(photos, 'walk.csv')] : []), ...rest, '--index', index];
    const own = ownProcess([...whole, '--data-dir', join(folder, 'data')], environment);
    const told = (text: string) => text.replace(/\d+\.\d+ s|in \d+ s/g, 'in time');
    const here = streetdex(...whole);
    expect(own.status).toBe(code);
    expect({ ...own, stdout: told(own.stdout) }).toEqual({ ...here, stdout: told(here.stdout) });
  });

  it('refuses to copy an index onto itself, by whatever name', () => {
    const { status, stderr } = streetdex('index', 'copy', '--from', index, '--to', join(index, '..', basename(index)));
    expect([status, stderr]).toEqual([2, expect.stringContaining('copy_same_place')]);
  });

  it('says who holds an index that is being written, and exits with 3', async () => {
    const lock = `const { acquireWriterLock } = await import(${JSON.stringify(join(process.cwd(), 'dist/store/writer-lock.js'))});
      acquireWriterLock(${JSON.stringify(index)}); console.log('held'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', lock]);
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      const { status, stderr } = streetdex('ingest', photos, '--index', index);
      expect(status).toBe(3);
      expect(stderr).toContain('[index_busy]');
      expect(stderr).toContain(String(holder.pid));
      const planned = streetdex('ingest', photos, '--index', index, '--dry-run');
      expect(planned).toMatchObject({ status: 0, stdout: expect.stringContaining('unchanged') });
    } finally {
      holder.kill('SIGKILL');
      await new Promise((resolve) => holder.once('exit', resolve));
    }
  });

  it('deletes a reference, rebuilds the graph, verifies all, and backs the rest up', () => {
    const [victim] = (
      JSON.parse(streetdex('similar', join(photos, PHOTOS[1] as string), '--index', index, '--json').stdout) as {
        results: { id: string }[];
      }
    ).results;
    const deleted = streetdex('reference', 'delete', victim?.id as string, '--index', index);
    expect(deleted).toMatchObject({ status: 0, stdout: 'Deleted 1 reference.\n' });
    expect(deleted.stderr).toContain(PHOTOS[1]);
    expect(streetdex('index', 'rebuild', '--index', index).stdout).toContain(`${PHOTOS.length - 1} points`);
    expect(streetdex('index', 'verify', '--index', index).status).toBe(0);
    const edited = join(folder, 'edited');
    mkdirSync(edited);
    for (const name of PHOTOS.slice(0, 2)) copyFileSync(join(photos, name), join(edited, name));
    const rows = (lat: number) => `file,lat,lon\n${PHOTOS[0]},${lat},18\n${PHOTOS[1]},50,19\n`;
    writeFileSync(join(edited, 'labels.csv'), rows(40));
    expect(streetdex('ingest', edited, '--index', join(folder, 'edited-index')).status).toBe(0);
    writeFileSync(join(edited, 'labels.csv'), rows(41));
    const verified = streetdex('index', 'verify', '--index', join(folder, 'edited-index'));
    expect(verified.status).toBe(0);
    expect(verified.stdout).toContain(`changed  ${PHOTOS[0]} stands elsewhere, or nowhere now`);
    expect(verified.stdout).toMatch(/1 sources no longer match/);
    const backup = join(folder, 'backup');
    expect(streetdex('index', 'backup', '--index', index, '--to', backup).status).toBe(0);
    expect(JSON.parse(streetdex('index', 'stats', '--index', backup, '--json').stdout).references).toBe(
      PHOTOS.length - 1,
    );
  });
});

describe('a command whose output nobody reads to its end', () => {
  it.each([
    ['streetdex --help', ['dist/cli/main.js', '--help']],
    ['streetdex label-sets show', ['dist/cli/main.js', 'label-sets', 'show', 'building-condition']],
    ['npm run -s sbom', ['scripts/sbom.mjs']],
  ])('ends without a word: %s', async (_, args) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([said, code]).toEqual(['', 0]);
  });
});
