// Asks a server by calls that are drawn, and compares every answer with what a plain model in memory says: node hard-calls.mjs
// FOLDER SEED SECONDS CALLS. In the first half of the calls the process that answers is killed, the server is started anew, and
// `ingest`, `index backup`, `index rebuild` and `index reembed` run beside it, as does a tagging of all photos; the second half is
// left alone, and there the memory is measured. Prints lines as hard-damage.mjs does. Uses the build.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { openClipModel } from '../../dist/clip/open-clip-model.js';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { buildGazetteer } from '../../dist/gazetteer/build-gazetteer.js';
import { readPackageSource } from '../../dist/gazetteer/package-source.js';
import { countryAt } from '../../dist/geo/country-at.js';
import { openReader } from '../../dist/references/embedded/open-index.js';

const [folder, seed, seconds, callsMax] = process.argv.slice(2).map((value, i) => (i === 0 ? value : Number(value)));
const index = join(folder, 'index');
const random = seededRandom(seed);
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (share) => random() < share;

/** Cosines of float32 vectors, summed in another order. */
const COSINE_SLACK = 1e-5;
/** Of a call, or of what takes several: a kill, an ingest beside. */
const CALL_MS_MAX = 180_000;
/** More than three times what the server needs. */
const HEAP_MB = 192;
const PHOTOS = 300;
/** About so many references are there at any time. */
const AIM = 150;
const LAST_CALLS = 12;
const AUTHORS = ['ann', 'bo', 'cy'];
const WALKS = ['w1', 'w2'];
const LABELS = ['day', 'low_sun', 'night'];
const TIMES = ['2019-03-01T08:00:00Z', '2021-07-05T12:30:00Z', '2024-05-17T23:59:59Z'];

const FOLDERS = ['--data-dir', join(folder, 'data'), '--models-dir', join(folder, 'models')];

const begun = performance.now();
const counts = {};
const raw = [];
const wrong = [];
const lastCalls = [];
const tookMs = {};
let cases = 0;

function note(label, how) {
  counts[label] ??= {};
  counts[label][how] = (counts[label][how] ?? 0) + 1;
}

// The model: what is there, in the order in which it came.

/** By id: the photo, its facts, and the number of its coming. */
const there = new Map();
/** What was said of photos with the label set `light`, by id: it stays when a reference goes. */
const labelled = new Map();
/** Ids that may be there or not, while an ingest runs. */
const maybe = new Set();
let comings = 0;

const ordered = () => [...there.values()].sort((a, b) => a.order - b.order);

function put(photo, facts) {
  const known = there.get(photo.id);
  there.set(photo.id, { photo, facts, order: known?.order ?? comings++ });
}

function cosine(a, b) {
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return product / Math.sqrt(aa * bb);
}

/** What a filter of the API lets through, by its words. */
function passes({ photo, facts }, filter = {}) {
  const { author, sequence, bbox, has_sequence: inSequence, captured_after: after, country, ids, exclude } = filter;
  if (ids !== undefined && !ids.includes(photo.id)) return false;
  if (author !== undefined && ![author].flat().includes(facts.author)) return false;
  if (sequence !== undefined && ![sequence].flat().includes(facts.sequence)) return false;
  if (inSequence !== undefined && (facts.sequence !== null) !== inSequence) return false;
  if (after !== undefined && !(facts.captured_at !== null && Date.parse(facts.captured_at) >= Date.parse(after)))
    return false;
  if (country !== undefined && countryAt(facts.point) !== country) return false;
  if (bbox !== undefined) {
    const [west, south, east, north] = bbox;
    const { lat, lon } = facts.point;
    if (lat < south || lat > north) return false;
    if (west <= east ? lon < west || lon > east : lon < west && lon > east) return false;
  }
  return (
    exclude === undefined ||
    !Object.entries(exclude).some(([name, value]) => passes({ photo, facts }, { [name]: value }))
  );
}

function drawCondition() {
  const longitudes = [random() * 360 - 180, random() * 360 - 180];
  const latitudes = [random() * 180 - 90, random() * 180 - 90].sort((a, b) => a - b);
  return pick([
    { author: pick(AUTHORS) },
    { author: [pick(AUTHORS), pick(AUTHORS)] },
    { sequence: pick(WALKS) },
    { has_sequence: chance(0.5) },
    { captured_after: pick(TIMES) },
    { country: pick(['DE', 'US', 'BR', 'CN']) },
    { bbox: [longitudes[0], latitudes[0], longitudes[1], latitudes[1]] },
  ]);
}

function drawFilter() {
  if (chance(0.4)) return undefined;
  const filter = { ...drawCondition(), ...(chance(0.3) ? drawCondition() : {}) };
  return chance(0.25) ? { ...filter, exclude: drawCondition() } : filter;
}

// The server.

/** Two models of one size that see other colours; the index holds vectors of one, and is brought over to the other. */
const MODELS = ['pocket', 'other'];
let model = 'pocket';
let server = null;
let url = '';
let said = '';

async function start() {
  said = '';
  server = spawn(
    process.execPath,
    [
      ...['dist/cli/main.js', 'serve', '--index', index, '--model', model, '--port', '0'],
      ...[...FOLDERS, '--rate-limit-per-minute', '0', '--threads', '1', '--log-level', 'warn'],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Else V8 puts collecting off while there is room, and what it puts off looks like what is never given back.
      env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` },
    },
  );
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (data) => {
      said = (said + data).slice(-20_000);
    });
  const until = performance.now() + 120_000;
  for (;;) {
    const found = /answers at (http:\/\/\S+)/.exec(said);
    if (found !== null) url = found[1];
    if (found !== null && (await isReady())) return;
    if (server.exitCode !== null || performance.now() > until) throw new Error(`The server did not start: ${said}`);
    await wait(50);
  }
}

async function isReady() {
  return (await ask('GET', '/readyz').catch(() => null))?.status === 200;
}

async function untilReady() {
  const until = performance.now() + 60_000;
  while (!(await isReady())) {
    if (performance.now() > until) throw new Error(`The server is not ready again: ${said}`);
    await wait(20);
  }
}

async function stop(signal) {
  const ended = new Promise((resolve) => server.once('close', resolve));
  server.kill(signal);
  await ended;
}

/** The process that answers: the child of the one that holds the port. */
function serving() {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1).split(' ');
      if (state !== 'Z' && Number(parent) === server.pid) return Number(name);
    } catch {
      // It ended meanwhile.
    }
  }
  return null;
}

function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

async function ask(method, path, body) {
  const form = body instanceof FormData;
  const answer = await fetch(url + path, {
    method,
    ...(body === undefined ? {} : { body: form || typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: body === undefined || form ? {} : { 'content-type': 'application/json' },
  });
  const text = await answer.text();
  const known = { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
  if (reembedding && known.status === 503 && known.body?.code === 'index_model_changed') throw new Switched();
  return known;
}

/** The index holds vectors of the other model, which the server that runs does not mix with its own. */
class Switched extends Error {}
let reembedding = false;

// Photos, whose vectors are known from the model itself.

function makeModels() {
  for (const name of MODELS) cpSync('models/pocket', join(folder, 'models', name), { recursive: true });
  const other = join(folder, 'models', 'other');
  const read = (file) => JSON.parse(readFileSync(join(other, file), 'utf8'));
  const preprocessor = JSON.stringify({ ...read('preprocessor_config.json'), image_mean: [0.3, 0.5, 0.6] });
  const { probe: _, ...card } = read('streetdex.json');
  card.name = 'other';
  card.sha256['preprocessor_config.json'] = createHash('sha256').update(preprocessor).digest('hex');
  writeFileSync(join(other, 'preprocessor_config.json'), preprocessor);
  writeFileSync(join(other, 'streetdex.json'), JSON.stringify(card));
}

async function makePhotos(count) {
  const photos = [];
  for (let i = 0; i < count; i++) {
    const own = seededRandom(i + 1);
    const patches = Buffer.from(Array.from({ length: 5 * 4 * 3 }, () => Math.floor(256 * own())));
    const patchwork = sharp(patches, { raw: { width: 5, height: 4, channels: 3 } });
    const bytes = await patchwork.resize(60, 48, { fit: 'fill', kernel: 'cubic' }).png().toBuffer();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const vectors = {};
    photos.push({
      ...{ id: sha256.slice(0, 32), sha256, bytes, vectors },
      get vector() {
        return this.vectors[model];
      },
    });
  }
  for (const name of MODELS) {
    const opened = await openClipModel(join(folder, 'models', name), { threads: 1, prepareWorkers: 1 });
    for (const { bytes, vectors } of photos)
      vectors[name] = (await opened.encode((await opened.prepare(bytes)).tensor)).vector;
    await opened.close();
  }
  return photos;
}

function drawFacts() {
  const maybeOf = (list) => (chance(0.3) ? null : pick(list));
  return {
    point: { lat: Number((random() * 170 - 85).toFixed(5)), lon: Number((random() * 360 - 180).toFixed(5)) },
    ...{ author: maybeOf(AUTHORS), sequence: maybeOf(WALKS), captured_at: maybeOf(TIMES) },
  };
}

function formOf(photo, { point, author, sequence, captured_at }) {
  const form = new FormData();
  form.append('image', new Blob([photo.bytes]), 'a.png');
  const facts = Object.entries({ author, sequence, captured_at }).filter(([, value]) => value !== null);
  form.append('metadata', JSON.stringify({ ...point, ...Object.fromEntries(facts) }));
  return form;
}

// What is expected.

class Wrong extends Error {}

function expectEqual(got, wanted, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Wrong(`${what}: expected ${b?.slice(0, 300)}, got ${a?.slice(0, 300)}`);
}

function expectProblem({ status, body }, wantedStatus, code) {
  expectEqual([status, body?.code], [wantedStatus, code], 'status and code');
}

function expectReference(shown, { photo, facts }) {
  const { point, author, sequence, captured_at } = facts;
  const country = countryAt(point);
  const wanted = { id: photo.id, point, country, author, sequence, captured_at, width: 60, height: 48 };
  expectEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, shown[name]])), wanted, photo.id);
}

/** The answer is what the best are, where those that may be there take places of others. */
function expectBest(results, vector, { limit, filter, minScore = -1, left = [] }) {
  const scored = ordered()
    .filter((one) => !left.includes(one.photo.id) && passes(one, filter))
    .map((one) => ({ ...one, score: cosine(one.photo.vector, vector) }));
  const definite = results.filter(({ id }) => !maybe.has(id) || there.has(id));
  const taken = results.length - definite.length;
  const room = limit - taken;
  const surely = scored.filter(({ score }) => score >= minScore + COSINE_SLACK).length;
  const perhaps = scored.filter(({ score }) => score >= minScore - COSINE_SLACK).length;
  if (definite.length < Math.min(room, surely) || definite.length > Math.min(room, perhaps))
    throw new Wrong(`${definite.length} results, expected ${Math.min(room, surely)} to ${Math.min(room, perhaps)}`);
  const byId = new Map(scored.map((one) => [one.photo.id, one]));
  if (new Set(results.map(({ id }) => id)).size !== results.length) throw new Wrong('a result came twice');
  let least = 1;
  for (const [i, { id, score }] of results.entries()) {
    if (i > 0 && score > results[i - 1].score + 1e-9) throw new Wrong(`result ${i} is better than the one before`);
    if (taken > 0 && maybe.has(id) && !there.has(id)) continue;
    const known = byId.get(id);
    if (known === undefined) throw new Wrong(`${id} should not be among the results`);
    if (Math.abs(known.score - score) > COSINE_SLACK)
      throw new Wrong(`${id}: cosine ${score}, expected ${known.score}`);
    least = Math.min(least, known.score);
  }
  const listed = new Set(results.map(({ id }) => id));
  if (definite.length < room || room <= 0) return;
  const missing = scored.find(({ photo, score }) => !listed.has(photo.id) && score > least + COSINE_SLACK);
  if (missing !== undefined) {
    const { photo, score } = missing;
    throw new Wrong(`${photo.id} (${score}) is missing, the worst listed is ${least}: ${JSON.stringify(filter)}`);
  }
}

// The calls.

function drawVector() {
  const { vector } = pick(photos);
  const noise = chance(0.5) ? 0 : random() * 0.1;
  return Array.from(vector, (value) => value + noise * (random() - 0.5));
}

/** An id that is there, or was, or may come. */
const drawId = () => pick(photos).id;

/** While a command writes beside, who writes may be told to come again. */
function isTurnedAway({ status, body }) {
  return writing && status === 503 && body?.code === 'index_busy';
}

async function add(photo, facts) {
  const answer = await ask('POST', '/v1/references', formOf(photo, facts));
  if (isTurnedAway(answer)) return 'turned away';
  const known = there.get(photo.id);
  const same = known !== undefined && JSON.stringify(known.facts) === JSON.stringify(facts);
  const wanted = known === undefined ? [201, 'added'] : [200, same ? 'unchanged' : 'updated'];
  expectEqual([answer.status, answer.body?.outcome], wanted, `add ${photo.id}`);
  put(photo, facts);
  expectReference(answer.body.reference, there.get(photo.id));
  return wanted[1];
}

async function remove(id) {
  const answer = await ask('DELETE', `/v1/references/${id}`);
  if (isTurnedAway(answer)) return 'turned away';
  if (!there.has(id)) {
    expectProblem(answer, 404, 'reference_not_found');
    return 'not there';
  }
  expectEqual(answer.status, 204, `delete ${id}`);
  there.delete(id);
  return 'gone';
}

async function get(id) {
  const answer = await ask('GET', `/v1/references/${id}`);
  if (there.has(id)) {
    expectEqual(answer.status, 200, `get ${id}`);
    expectReference(answer.body, there.get(id));
    return 'there';
  }
  expectProblem(answer, 404, 'reference_not_found');
  return 'not there';
}

const listQuery = (filter = {}) =>
  Object.entries(filter).flatMap(([name, value]) => {
    if (name === 'exclude') return [[name, JSON.stringify(value)]];
    if (name === 'bbox') return [[name, value.join(',')]];
    return [value].flat().map((one) => [name, String(one)]);
  });

/** A walk through the list goes on while references come and go. */
let walk = null;

async function list() {
  walk ??= { filter: drawFilter(), limit: 1 + below(60), cursor: null, after: -1 };
  const { filter, limit, cursor, after } = walk;
  const query = new URLSearchParams([...listQuery(filter), ['limit', String(limit)]]);
  if (cursor !== null) query.set('cursor', cursor);
  const { status, body } = await ask('GET', `/v1/references?${query}`);
  expectEqual(status, 200, 'list');
  const wanted = ordered().filter((one) => one.order > after && passes(one, filter));
  const definite = body.references.filter(({ id }) => there.has(id));
  const taken = body.references.length - definite.length;
  for (const { id } of body.references)
    if (!there.has(id) && !maybe.has(id)) throw new Wrong(`${id} is listed and gone`);
  const page = wanted.slice(0, definite.length);
  expectEqual(
    definite.map(({ id }) => id),
    page.map(({ photo }) => photo.id),
    `list ${query}`,
  );
  for (const [i, shown] of definite.entries()) expectReference(shown, page[i]);
  if (definite.length < Math.min(limit - taken, wanted.length))
    throw new Wrong(
      `a page of ${body.references.length}, though ${wanted.length} are left and ${limit} were asked for`,
    );
  if (maybe.size === 0) expectEqual(body.cursor !== null, wanted.length > limit, `cursor of ${query}`);
  walk = body.cursor === null ? null : { ...walk, cursor: body.cursor, after: page.at(-1)?.order ?? after };
  return filter === undefined ? 'all' : 'filtered';
}

async function similar() {
  const limit = 1 + below(30);
  const filter = drawFilter();
  const minScore = chance(0.2) ? random() * 0.5 : undefined;
  const byId = chance(0.4) ? drawId() : null;
  const includeSelf = chance(0.5);
  const vector = byId === null ? drawVector() : photos.find(({ id }) => id === byId).vector;
  const answer = await ask('POST', '/v1/similar', {
    ...(byId === null ? { embedding: vector } : { reference_id: byId, include_self: includeSelf }),
    ...{ limit, exact: chance(0.3) },
    ...(filter === undefined ? {} : { filter }),
    ...(minScore === undefined ? {} : { min_score: minScore }),
  });
  if (byId !== null && !there.has(byId)) {
    expectProblem(answer, 404, 'reference_not_found');
    return 'by an id that is not there';
  }
  expectEqual(answer.status, 200, 'similar');
  const left = byId !== null && !includeSelf ? [byId] : [];
  expectBest(answer.body.results, vector, { limit, filter, minScore, left });
  for (const shown of answer.body.results) if (there.has(shown.id)) expectReference(shown, there.get(shown.id));
  return byId === null ? 'by embedding' : 'by id';
}

async function locate() {
  const vector = drawVector();
  const filter = drawFilter();
  const body = { embedding: vector, k: 100, posterior: chance(0.2), ...(filter === undefined ? {} : { filter }) };
  const { status, body: answer } = await ask('POST', '/v1/locate', body);
  expectEqual(status, 200, 'locate');
  const let_through = ordered().filter((one) => passes(one, filter));
  for (const { id, score } of answer.neighbours) {
    if (maybe.has(id) && !there.has(id)) continue;
    const known = there.get(id);
    if (known === undefined || !passes(known, filter)) throw new Wrong(`${id} is evidence and should not be`);
    const wanted = cosine(known.photo.vector, vector);
    if (Math.abs(wanted - score) > 1e-4) throw new Wrong(`${id}: cosine ${score}, expected ${wanted}`);
  }
  const best =
    let_through.length === 0 ? null : Math.max(...let_through.map(({ photo }) => cosine(photo.vector, vector)));
  const found = answer.index_coverage.best_score;
  if (maybe.size === 0 && (best === null ? found !== null : !(Math.abs(found - best) < 1e-4)))
    throw new Wrong(`best score ${found}, expected ${best}`);
  const mass = answer.candidates.reduce((sum, { probability }) => sum + probability, 0);
  if (!(mass > 0 && mass <= 1 + 1e-6)) throw new Wrong(`the candidates have ${mass} of the probability`);
  return filter === undefined ? 'all' : 'filtered';
}

async function stats() {
  const { status, body } = await ask('GET', '/v1/index');
  expectEqual(status, 200, 'index');
  if (maybe.size === 0) expectEqual([body.references, body.sources], [there.size, there.size], 'counts');
  return 'counted';
}

const BAD = [
  ['POST', '/v1/similar', '{"embedding":', 400, 'json_invalid'],
  ['POST', '/v1/similar', { embedding: [1, 2, 3] }, 400, 'dimension_mismatch'],
  ['POST', '/v1/similar', {}, 400, 'query_missing'],
  ['POST', '/v1/similar', { text: 'a', reference_id: '0'.repeat(32) }, 400, 'query_ambiguous'],
  ['POST', '/v1/similar', { reference_id: '0'.repeat(32) }, 404, 'reference_not_found'],
  ['POST', '/v1/similar', { reference_id: '0'.repeat(32), limit: 0 }, 400, 'request_invalid'],
  ['POST', '/v1/locate', { nonsense: 1 }, 400, 'request_invalid'],
  ['POST', '/v1/references', { image_base64: 'AAAA', lat: 1 }, 400, 'request_invalid'],
  ['POST', '/v1/references', { image_base64: 'AAAA', lat: 91, lon: 0 }, 400, 'request_invalid'],
  ['POST', '/v1/references', { image_base64: 'AAAAAAAA', lat: 1, lon: 1 }, 422, 'not_an_image'],
  ['GET', '/v1/references?cursor=nonsense', undefined, 400, 'bad_cursor'],
  ['GET', '/v1/references?limit=100000', undefined, 400, 'limit_out_of_range'],
  ['GET', '/v1/nothing', undefined, 404, 'not_found'],
  ['PUT', '/v1/similar', {}, 405, 'method_not_allowed'],
];

async function bad() {
  const [method, path, body, status, code] = pick(BAD);
  expectProblem(await ask(method, path, body), status, code);
  return code;
}

/** Reads that come at once, and a reference beside them that comes or goes. */
async function together() {
  await Promise.all([get(drawId()), stats(), similar(), get(drawId()), locate(), similar()]);
  cases += 5;
  return 'six at once';
}

/** Ends a call in its middle. What it would have written is written or is not; the same call again settles it. */
async function abort() {
  const how = pick(['an upload', 'a query', 'half a body']);
  const [photo, facts] = [pick(photos), drawFacts()];
  const whole =
    how === 'an upload' ? new Response(formOf(photo, facts)) : Response.json({ embedding: drawVector(), limit: 30 });
  const bytes = Buffer.from(await whole.arrayBuffer());
  const headers = { 'content-type': whole.headers.get('content-type'), 'content-length': bytes.length };
  await new Promise((resolve) => {
    const path = how === 'an upload' ? '/v1/references' : '/v1/similar';
    // A connection of its own, which nobody waits to use again.
    const call = request(url + path, { method: 'POST', headers, agent: false });
    const timer = setTimeout(() => call.destroy(), below(30));
    call.on('response', (answer) => answer.resume());
    call
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(timer);
        resolve();
      });
    if (how === 'half a body') call.write(bytes.subarray(0, bytes.length >> 1));
    else call.end(bytes);
  });
  if (how === 'an upload') await settle(photo, facts);
  return how;
}

/** The same upload again: either it was stored, or it is now. */
async function settle(photo, facts) {
  for (;;) {
    const answer = await ask('POST', '/v1/references', formOf(photo, facts));
    if (answer.status === 503 || answer.status === 429) {
      await wait(50);
      continue;
    }
    const wanted = there.has(photo.id) ? ['200 updated', '200 unchanged'] : ['201 added', '200 unchanged'];
    const got = `${answer.status} ${answer.body?.outcome}`;
    if (!wanted.includes(got)) throw new Wrong(`settle ${photo.id}: got ${got}, expected one of ${wanted}`);
    put(photo, facts);
    expectReference(answer.body.reference, there.get(photo.id));
    return;
  }
}

/** Everything that was said to be stored is there, and nothing else. */
async function checkAll() {
  const shown = [];
  for (let cursor = null; ; ) {
    const query = new URLSearchParams({ limit: '500', ...(cursor === null ? {} : { cursor }) });
    const { status, body } = await ask('GET', `/v1/references?${query}`);
    expectEqual(status, 200, 'list after a restart');
    shown.push(...body.references);
    cursor = body.cursor;
    if (cursor === null) break;
  }
  const all = ordered();
  expectEqual(
    shown.map(({ id }) => id),
    all.map(({ photo }) => photo.id),
    'all references',
  );
  for (const [i, one] of shown.entries()) expectReference(one, all[i]);
}

/** Kills the process that answers while it writes. */
async function kill() {
  const [photo, facts] = [pick(photos), drawFacts()];
  const deletes = chance(0.3) && there.has(photo.id);
  const inHand = (
    deletes ? ask('DELETE', `/v1/references/${photo.id}`) : ask('POST', '/v1/references', formOf(photo, facts))
  ).catch(() => ({ status: 0 }));
  await wait(below(60));
  const pid = serving();
  if (pid !== null) process.kill(pid, 'SIGKILL');
  const { status } = await inHand;
  await untilReady();
  if (deletes) {
    const left = await ask('GET', `/v1/references/${photo.id}`);
    if (status === 204) expectEqual(left.status, 404, `${photo.id}, whose deletion was acknowledged`);
    if (left.status === 404) there.delete(photo.id);
  } else if (status === 200 || status === 201) put(photo, facts);
  else await settle(photo, facts);
  await checkAll();
  walk = null;
  return deletes ? 'while it deletes' : 'while it adds';
}

async function restart() {
  await stop(chance(0.5) ? 'SIGTERM' : 'SIGKILL');
  await start();
  await checkAll();
  return 'the whole server';
}

/** A command beside the server; one that finds the server writing comes again, as it was told. */
async function command(...args) {
  for (;;) {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args, ...FOLDERS], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (data) => {
      text += data;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code === 0) return;
    if (!text.includes('[index_busy]')) throw new Error(`${args.join(' ')}: ${code} ${text}`);
  }
}

let writing = false;
let ingests = 0;

/** Makes calls until a command beside them is done. */
async function beside(done, calls) {
  let over = false;
  done
    .catch(() => undefined)
    .finally(() => {
      over = true;
    });
  while (!over) await one(pick(calls));
  await done;
}

/** `ingest` of photos of their own beside other calls. They may be there or not until it is over. */
async function ingestBeside() {
  const some = ingestable.slice(4 * ingests, 4 * ++ingests);
  if (some.length === 0) return 'none is left';
  const source = join(folder, 'photos', String(ingests));
  mkdirSync(source, { recursive: true });
  const facts = some.map(drawFacts);
  for (const [i, { bytes }] of some.entries()) writeFileSync(join(source, `${i}.png`), bytes);
  const rows = facts.map(({ point, author, sequence, captured_at }, i) =>
    [`${i}.png`, point.lat, point.lon, author ?? '', sequence ?? '', captured_at ?? ''].join(','),
  );
  const table = `file,lat,lon,author,sequence,captured_at\n${rows.join('\n')}\n`;
  writeFileSync(join(source, 'labels.csv'), table);
  for (const { id } of some) maybe.add(id);
  writing = true;
  await beside(command('ingest', source, '--index', index, '--model', model, '--threads', '1'), [
    ...[get, list, similar, locate, add, remove],
  ]);
  writing = false;
  maybe.clear();
  walk = null;
  // Others may have come beside them: the list says in which order.
  const { body } = await ask('GET', '/v1/references?limit=500');
  const places = new Map(body.references.map(({ id }, i) => [id, i]));
  some.forEach((photo, i) => {
    there.set(photo.id, { photo, facts: facts[i], order: 0 });
  });
  for (const [id, known] of there) {
    if (!places.has(id)) throw new Wrong(`${id} is not there after the ingest`);
    there.set(id, { ...known, order: places.get(id) });
  }
  comings = Math.max(comings, body.references.length);
  await checkAll();
  // The photos are the user's: the model takes them away over HTTP like others.
  return 'four photos';
}

/** A backup while the server is read holds what is there. */
async function backupBeside() {
  const target = join(folder, 'backup');
  rmSync(target, { recursive: true, force: true });
  await beside(command('index', 'backup', '--to', target, '--index', index), [get, list, similar, locate]);
  const reader = await openReader(target);
  const { references } = await reader.list({ limit: 1000 });
  await reader.close();
  expectEqual(
    references.map(({ id, author }) => [id, author]),
    ordered().map(({ photo, facts }) => [photo.id, facts.author]),
    'the backup',
  );
  return 'compared';
}

async function rebuildBeside() {
  writing = true;
  await beside(command('index', 'rebuild', '--index', index), [get, list, similar, locate, add, remove]);
  writing = false;
  await checkAll();
  return 'rebuilt';
}

/** Brings the index over to the other model. Until then the server answers as before; then it says so until it is started anew. */
async function reembedBeside() {
  const wanted = MODELS.find((name) => name !== model);
  [writing, reembedding] = [true, true];
  await beside(command('index', 'reembed', '--index', index, '--model', wanted, '--threads', '1'), [
    ...[get, list, similar, locate, stats, add, remove, label],
  ]);
  writing = false;
  const until = performance.now() + 5000;
  for (;;) {
    const switched = await ask('POST', '/v1/similar', { embedding: drawVector() }).catch((error) => error);
    if (switched instanceof Switched) break;
    if (performance.now() > until) throw new Wrong(`the server answers with ${model} though the index has ${wanted}`);
    await wait(50);
  }
  reembedding = false;
  await stop('SIGTERM');
  model = wanted;
  await start();
  await checkAll();
  walk = null;
  return 'to the other model';
}

/** Tags all photos while the server is asked. */
async function tagBeside() {
  const { status, body } = await ask('POST', '/v1/tags', { set: 'light' });
  expectEqual([status, body?.set], [202, 'light'], 'tags');
  const sets = async () => (await ask('GET', '/v1/label-sets')).body;
  for (;;) {
    const { run, sets: all } = await sets();
    if (run?.error) throw new Wrong(`the tagging failed: ${run.error}`);
    if (run?.ended) {
      const { tags } = all.find(({ name }) => name === 'light');
      expectEqual([tags.tagged, tags.stale], [there.size, false], 'tags of light');
      return 'tagged';
    }
    await one(pick([get, list, similar, locate, label]));
  }
}

/** What people say of photos is kept beside the index: it outlives kills, and the references too. */
async function label() {
  const id = drawId();
  const labels = chance(0.2) ? null : [pick(LABELS)];
  const answer = await ask('POST', '/v1/labels/light', { id, labels, chosen: 'given' });
  if (labels !== null && !there.has(id)) {
    expectProblem(answer, 404, 'reference_not_found');
    return 'of what is not there';
  }
  expectEqual(answer.status, 204, `label ${id}`);
  if (labels === null) labelled.delete(id);
  else labelled.set(id, labels[0]);
  return labels === null ? 'taken back' : 'given';
}

async function countLabels() {
  const { status, body } = await ask('GET', '/v1/labels/light');
  const shown = LABELS.map((name) => body?.counts?.find(({ label: one }) => one === name)?.photos);
  const wanted = LABELS.map((name) => [...labelled.values()].filter((one) => one === name).length);
  expectEqual([status, body?.photos, ...shown], [200, labelled.size, ...wanted], 'labels');
  return 'counted';
}

/** The map's cells hold what a filter lets through, each once. */
async function coverage() {
  const filter = pick([{}, { country: pick(['DE', 'US', 'BR', 'CN']) }, { has_sequence: chance(0.5) }]);
  const { status, body } = await ask(
    'GET',
    `/v1/coverage?${new URLSearchParams([...listQuery(filter), ['zoom', String(below(18))]])}`,
  );
  expectEqual(status, 200, 'coverage');
  const inCells = body.features.reduce((sum, { properties }) => sum + properties.count, 0);
  if (maybe.size === 0) {
    const wanted = ordered().filter((one) => passes(one, filter)).length;
    expectEqual([body.references, inCells], [wanted, wanted], `coverage ${JSON.stringify(filter)}`);
  }
  return Object.keys(filter)[0] ?? 'all';
}

async function facets() {
  const { status, body } = await ask('GET', '/v1/facets');
  expectEqual(status, 200, 'facets');
  if (maybe.size > 0) return 'asked';
  const years = new Map();
  for (const { facts } of there.values()) {
    const year = facts.captured_at === null ? null : new Date(facts.captured_at).getUTCFullYear();
    years.set(year, (years.get(year) ?? 0) + 1);
  }
  const byYear = (a, b) => (a[0] ?? 0) - (b[0] ?? 0);
  expectEqual(
    body.years.map(({ year, references }) => [year, references]).sort(byYear),
    [...years].sort(byYear),
    'references by year',
  );
  return 'counted';
}

const drawAdd = () => add(pick(photos), drawFacts());
const again = () => {
  const known = there.get(drawId());
  return known === undefined ? drawAdd() : add(known.photo, known.facts);
};
const drawRemove = () => remove(chance(0.8) ? pick([...there.keys()]) : drawId());
const NAMES = new Map([
  [add, 'add'],
  [remove, 'delete'],
]);
const WORK = new Map([
  [add, drawAdd],
  [remove, drawRemove],
  [get, () => get(drawId())],
]);

/** What has no end would hold all up without a word. */
async function within(ms, work) {
  const late = new AbortController();
  const noEnd = wait(ms, null, { signal: late.signal }).then(() => {
    throw new Error(`It had no end within ${ms} ms.`);
  });
  return Promise.race([work, noEnd]).finally(() => {
    noEnd.catch(() => undefined);
    late.abort();
  });
}

/** Does one call, or what takes several, and notes what came of it. */
async function one(call) {
  const name = NAMES.get(call) ?? call.name;
  lastCalls.push(`${cases} ${name}`);
  if (lastCalls.length > LAST_CALLS) lastCalls.shift();
  process.stdout.write(`${JSON.stringify({ case: cases, label: name })}\n`);
  cases++;
  const from = performance.now();
  try {
    note(name, await within(CALL_MS_MAX, (WORK.get(call) ?? call)()));
  } catch (error) {
    if (error instanceof Switched) {
      note(name, 'of the former model');
      return;
    }
    const seen = {
      case: cases - 1,
      label: name,
      how: String(error.stack ?? error).slice(0, 900),
      last: [...lastCalls],
    };
    (error instanceof Wrong ? wrong : raw).push(seen);
    note(name, 'not as expected');
    // What came before it is known no more.
    throw error;
  } finally {
    tookMs[name] ??= { calls: 0, ms: 0 };
    const took = tookMs[name];
    took.calls++;
    took.ms += performance.now() - from;
  }
}

/** Those that change nothing, by their share of all calls in percent. */
const READS = [
  [34, get],
  [24, similar],
  [12, list],
  [6, stats],
  [2, coverage],
  [1, facets],
  [1, countLabels],
  [10, bad],
  [4, locate],
  [2, abort],
  [1, together],
];

function draw(troubles) {
  const table = [...READS, [there.size < AIM ? 1.2 : 0.5, add], [0.5, again], [0.8, remove], [0.5, label], ...troubles];
  let at = random() * table.reduce((sum, [share]) => sum + share, 0);
  for (const [share, call] of table) {
    at -= share;
    if (at < 0) return call;
  }
  return get;
}

/** Least squares. */
function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const up = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return up / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

mkdirSync(join(folder, 'data'), { recursive: true });
const facts = readPackageSource();
const cities = facts.cities.filter(({ population }) => population >= 3_000_000);
buildGazetteer(join(folder, 'data', 'gazetteer.sqlite'), { ...facts, cities });
makeModels();
const made = await makePhotos(PHOTOS + 160);
const [photos, ingestable] = [made.slice(0, PHOTOS), made.slice(PHOTOS)];
await start();
for (const photo of photos.slice(0, AIM)) await add(photo, drawFacts());
const ready = performance.now();

const samples = [];
let steadyFrom = null;
let told = begun;
try {
  for (;;) {
    const now = performance.now();
    const share = Math.max(cases / callsMax, (now - begun) / (seconds * 1000));
    if (share >= 1) break;
    const troubled = share < 0.5;
    if (!troubled && steadyFrom === null) {
      // The process that is measured begins here.
      await restart();
      steadyFrom = cases;
    }
    // Some forty kills in whatever number of calls, and half or a quarter as many of each of the others.
    const often = 4000 / callsMax;
    const troubles = troubled
      ? [
          [2 * often, kill],
          [often, restart],
          [often, ingestBeside],
          [often, backupBeside],
          [often / 2, rebuildBeside],
          [often / 2, reembedBeside],
          [often / 2, tagBeside],
        ]
      : [];
    await one(draw(troubles));
    if (steadyFrom !== null && cases % 50 === 0) samples.push([cases, residentMb(serving())]);
    if (now - told > 30_000) {
      told = now;
      const leftS =
        Math.min((1 - share) * ((now - ready) / Math.max(share, 1e-6)), begun + seconds * 1000 - now) / 1000;
      process.stderr.write(
        `${cases} of ${callsMax} calls in ${((now - ready) / 1000).toFixed(0)} s, ${there.size} references, ${(leftS / 60).toFixed(0)} min left\n`,
      );
    }
  }
} catch (error) {
  if (raw.length + wrong.length === 0) throw error;
  process.stderr.write(`${said.slice(-3000)}\n`);
} finally {
  await stop('SIGTERM');
}

const measured = samples.filter(([at]) => at >= steadyFrom + (cases - steadyFrom) / 10);
const memory =
  measured.length < 10
    ? null
    : {
        calls: cases - steadyFrom,
        /** At its beginning and after each tenth, which tells whether it levels off. */
        mb: Array.from({ length: 11 }, (_, i) => Math.round(samples[Math.floor((i * (samples.length - 1)) / 10)][1])),
        kb_per_1000_calls: Math.round(slope(measured) * 1000 * 1024),
        /** How much more it would be at the end by the slope, of what it was after the first tenth. */
        growth: Number(((slope(measured) * (cases - measured[0][0])) / measured[0][1]).toFixed(4)),
      };
for (const [name, { calls, ms }] of Object.entries(tookMs))
  process.stderr.write(`${name}: ${calls} calls of ${(ms / calls).toFixed(1)} ms\n`);
process.stdout.write(`${JSON.stringify({ cases, counts, raw, wrong, memory })}\n`);
