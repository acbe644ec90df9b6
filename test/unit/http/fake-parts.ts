import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { pino } from 'pino';
import sharp from 'sharp';
import type { ClipModel } from '../../../src/clip/clip-model.js';
import { type Config, settingsSchema } from '../../../src/config/settings.js';
import { fault } from '../../../src/domain/errors.js';
import { referenceId } from '../../../src/domain/reference.js';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import type { Gazetteer } from '../../../src/gazetteer/gazetteer.js';
import { createServer, type Server } from '../../../src/http/create-server.js';
import type { HttpParts } from '../../../src/http/http-parts.js';
import { listen, type RunningServer } from '../../../src/http/listen.js';
import { AllowedRoots } from '../../../src/ingest/allowed-roots.js';
import { Ingestions } from '../../../src/ingest/ingestions.js';
import { resolveQuery } from '../../../src/locate/resolve-query.js';
import type { StoredReference } from '../../../src/references/reader.js';
import { MemoryStore } from '../../support/memory-store.js';
import { someVerdict } from '../../support/some-verdict.js';

export interface FakeParts extends HttpParts {
  /** What the verbs were called with, the last last. */
  readonly calls: { readonly verb: string; readonly args: readonly unknown[] }[];
  readonly folder: string;
  readonly photo: Buffer;
  readonly id: string;
  readonly stored: Map<string, StoredReference>;
}

const DIMENSION = 4;

export function storedReference(sha256: string, given: Partial<StoredReference> = {}): StoredReference {
  return {
    id: referenceId(sha256),
    sha256,
    point: { lat: 54.123456789, lon: 18.987654321 },
    headingDeg: null,
    altitudeM: null,
    capturedAt: '2024-05-17T12:30:00Z',
    author: 'ann',
    sequence: 'walk',
    licence: 'CC0',
    attribution: null,
    url: null,
    width: 640,
    height: 480,
    bytes: 1000,
    iso2: 'PL',
    sources: [
      {
        root: '/secret/root',
        path: 'a/b.jpg',
        bytes: 1000,
        mtimeMs: 0,
        point: { lat: 54.123456789, lon: 18.987654321 },
        factsHash: 'f',
        ctimeMs: 0,
        inode: '1',
        origin: { from: 'photo', manifest: null, track: null },
      },
    ],
    ...given,
  };
}

const FAILURE = {
  ...{ kind: 'failure' as const, root: '/secret/root', path: 'no.jpg', code: 'not_an_image', reason: 'It is none.' },
  ...{ bytes: 1, mtimeMs: 0, ctimeMs: null, inode: null, photoId: null },
};

/** An engine of the store's contract that tells what it was asked. */
class NotedStore extends MemoryStore {
  readonly #note: (verb: string, ...args: unknown[]) => void;
  override readonly photos: { file: (id: string) => Promise<string | null> };

  constructor(note: (verb: string, ...args: unknown[]) => void, fileOf: (id: string) => string | null) {
    super({ modelId: 'model-id', modelName: 'pocket', dimension: DIMENSION });
    this.#note = note;
    this.photos = { file: async (id) => fileOf(id) };
  }

  override list(query: Parameters<MemoryStore['list']>[0]) {
    this.#note('list', query);
    return super.list(query);
  }

  override coverage(query: Parameters<MemoryStore['coverage']>[0]) {
    this.#note('coverage', query);
    return super.coverage(query);
  }
}

/** The references of an index, to be set and taken away without an ingest. */
class StoredMap extends Map<string, StoredReference> {
  readonly #index: MemoryStore;

  constructor(index: MemoryStore, references: readonly StoredReference[]) {
    super();
    this.#index = index;
    for (const reference of references) this.set(reference.id, reference);
  }

  override set(id: string, stored: StoredReference): this {
    const { sources, ...reference } = stored;
    const { tables } = this.#index;
    const at = tables.references.get(id)?.at ?? tables.references.size + 1;
    tables.references.set(id, { reference, vector: toUnitVector([1, 2, 3, 4]), at });
    for (const source of sources) tables.sources.set(`${source.root}\0${source.path}\0${id}`, { id, source });
    return super.set(id, stored);
  }

  override delete(id: string): boolean {
    const { references, sources } = this.#index.tables;
    references.delete(id);
    for (const [key, source] of sources) if (source.id === id) sources.delete(key);
    return super.delete(id);
  }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** An application of small fakes: one stored photo (a real JPEG on disk), and a model whose vectors are made up. */
export async function fakeParts(
  settings: Partial<Record<keyof Config, unknown>> = {},
  overrides: Partial<HttpParts> = {},
): Promise<FakeParts> {
  const config = settingsSchema.parse({ port: 0, log_level: 'silent', shutdown_timeout_s: 2, ...settings });
  const folder = mkdtempSync(join(tmpdir(), 'http-'));
  const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#4488aa' } })
    .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '54/1 7/1 0/1' } })
    .jpeg()
    .toBuffer();
  writeFileSync(join(folder, 'photo'), photo);
  const first = storedReference(hash(photo));
  const paths = new Map([[first.id, join(folder, 'photo')]]);
  const calls: FakeParts['calls'] = [];
  const note = (verb: string, ...args: unknown[]) => void calls.push({ verb, args });

  const index = new NotedStore(note, (id) => paths.get(id) ?? null);
  const stored = new StoredMap(index, [first]);
  await index.apply([FAILURE]);
  const references = index.reader;

  const model = {
    info: {
      id: 'model-id',
      name: 'pocket',
      folder,
      dimension: DIMENSION,
      imageSize: 224,
      logitScale: 100,
      licence: 'MIT',
      notice: 'Knows nothing about real photos.',
      precision: 'fp32',
    },
    prepare: async (bytes: Uint8Array) => {
      if (Buffer.from(bytes).toString('latin1').startsWith('TEXT')) {
        throw fault('unsupported_format', 'Expected a picture, got text.');
      }
      return { tensor: new Float32Array(3), width: 1, height: 1, decodeMs: 1, preprocessMs: 2 };
    },
    encode: async () => ({ vector: toUnitVector([1, 0, 0, 1]), encodeMs: 3 }),
    embedText: async (text: string) => {
      if (text === 'busy') throw fault('encoder_busy', 'The encoder is busy.', { retryAfterS: 2 });
      if (text === 'broken') throw new Error('secret of the house');
      return { vector: toUnitVector([0, 1, text.length, 0]), encodeMs: 4 };
    },
    embedTexts: async (texts: readonly string[]) => texts.map((text) => toUnitVector([0, 1, text.length, 0])),
    encoderState: () => ({ device: 'webgpu', encoders: 1, batch: 8, restarts: 1 }),
    problem: () => null,
  } as unknown as ClipModel;

  const gazetteer = {
    attribution: 'GeoNames, CC BY 4.0',
    stats: () => ({ countries: 2, regions: 3, cities: 4, source: 's', built_at: 't' }),
    nearest: () => ({ name: 'Sopot', region: 'Pomerania', country: 'Poland', iso2: 'PL', distanceKm: 1.23456 }),
    search: (text: string, options: object) => {
      note('search', text, options);
      return [
        {
          id: 'PL',
          level: 'country',
          name: 'Poland',
          matched: 'Polska',
          region: null,
          regionId: null,
          country: 'Poland',
          iso2: 'PL',
          point: { lat: 52, lon: 19 },
          population: 38e6,
        },
      ];
    },
  } as unknown as Gazetteer;

  return {
    calls,
    folder,
    photo,
    id: first.id,
    stored,
    config,
    ingestions: fakeIngestions(folder),
    samples: async () => [],
    thumbnailsFolder: join(folder, 'thumbnails'),
    model: async () => model,
    gazetteer: async () => gazetteer,
    index: async () => index,
    resolveQuery: (input) => {
      note('resolveQuery', input);
      return resolveQuery(input, { model: async () => model, references });
    },
    locate: async (input, options) => {
      note('locate', input, options);
      const query = await resolveQuery(input, { model: async () => model, references });
      const place = { name: 'Sopot', region: 'Pomerania', country: 'Poland', iso2: 'PL', distance_km: 1.2 };
      const point = { lat: 54.44444444444, lon: 18.5666666666 };
      return {
        query: { sha256: query.sha256, reference_id: query.referenceId },
        verdict: someVerdict(),
        known: { point, from: 'photo', distance_km: 0 },
        photo_facts: null,
        model_notice: null,
        confident: true,
        reason: null,
        calibrated: false,
        spread: 0.31,
        candidates: [
          {
            point,
            probability: 0.62,
            radius_50_km: 9,
            radius_90_km: 140,
            radius_is: 'uncalibrated',
            place,
            because: {
              ...{ retrieval_nats: 3.1, captions_nats: 1.4, neighbours: [first.id], captions: ['PL'] },
              witnesses: [
                { kind: 'neighbour', id: first.id, share: 0.7, score: 0.9, distance_km: 1.3 },
                { kind: 'caption', id: 'PL', share: 0.6, score: null, distance_km: null },
              ],
            },
          },
        ],
        neighbours: [
          {
            id: first.id,
            score: 0.9,
            point,
            group_size: 4,
            source: 'a/b.jpg',
            ...{ captured_at: null, author: 'ann', licence: 'CC BY 4.0', attribution: null, url: null },
          },
        ],
        captions: [{ id: 'PL', level: 'country', text: 'A Street View photo in Poland.', probability: 0.71 }],
        index_coverage: { best_score: 0.9, quantile: 0.4, covered: true, reason: 'alike' },
        hints: null,
        blend: {
          alpha: 1,
          beta: 0.4,
          gamma: 0.2,
          utility: 'default',
          not_indexed_probability: 0.04,
          profile: 'default',
          retrieval_alone: { point, place, probability: 0.5, distance_km: 0, changes_answer: false },
          captions_alone: null,
        },
        model: 'model-id',
        took_ms: { decode: 9, preprocess: 5, encode: 12, search: 2, blend: 3, total: 31.123456 },
      };
    },
    similar: async (query, options) => {
      note('similar', query, options);
      return [...stored.values()]
        .map(({ id, point }) => ({ id, score: 0.999, point, groupSize: 1 }))
        .slice(0, options.limit);
    },
    classify: async (query, options) => {
      note('classify', query, options);
      const labels = typeof options.labels === 'string' ? ['Poland'] : options.labels;
      return labels.map((label) => ({ label, probability: 1 / labels.length, logit: 20 }));
    },
    addPhoto: async (photo) => {
      note('addPhoto', photo);
      const sha256 = hash(photo.bytes);
      const id = referenceId(sha256);
      if (stored.has(id)) return { id, outcome: 'unchanged' };
      if (photo.facts.point === undefined) throw fault('no_position', 'Expected a position.');
      stored.set(id, storedReference(sha256, { ...photo.facts }));
      return { id, outcome: 'added' };
    },
    deleteReference: async (id) => stored.delete(id),
    profile: async () => ({
      ...{ calibrated: false, profile: 'default', date: null, queries: 0, authors: 0, refused: null },
    }),
    ...overrides,
  };
}

/** Ingestions of `photos/`, which do what the test tells them to. */
function fakeIngestions(folder: string): Ingestions {
  mkdirSync(join(folder, 'photos'));
  return new Ingestions({
    roots: new AllowedRoots([join(folder, 'photos')]),
    run: async ({ begun, signal }) => {
      begun();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw fault('index_busy', 'Stopped.');
    },
    runs: async () => [],
    failed: async () => new Set<string>(),
    isBeingWritten: async () => false,
  });
}

export interface FakeServer {
  readonly parts: FakeParts;
  readonly server: Server;
  readonly url: string;
  readonly running: RunningServer;
  /** Lines of the log. */
  readonly log: string[];
  json(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  form(path: string, parts: Record<string, Blob | string>): Promise<Response>;
}

const started: RunningServer[] = [];
// A test that fails before it closes its server must not keep Jest from ending.
afterAll(async () => {
  for (const running of started) await running.close();
});

/** The real server over fakes, on a free loopback port. */
export async function startFake(
  settings: Partial<Record<keyof Config, unknown>> = {},
  overrides: Partial<HttpParts> = {},
): Promise<FakeServer> {
  const parts = await fakeParts(settings, overrides);
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
  const server = createServer(parts, { version: '1.2.3', logger });
  const running = await listen(server);
  started.push(running);
  const { url } = running;
  return {
    parts,
    server,
    running,
    url,
    log,
    get: (path, headers = {}) => fetch(url + path, { headers }),
    json: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    form: (path, given) => {
      const form = new FormData();
      for (const [name, part] of Object.entries(given)) {
        if (typeof part === 'string') form.append(name, part);
        else form.append(name, part, 'street scene.jpg');
      }
      return fetch(url + path, { method: 'POST', body: form });
    },
  };
}

/** The problem of an answer, after a look at its headers. */
export async function problemOf(response: Response): Promise<{
  status: number;
  code: string;
  detail: string;
  title: string;
  type: string;
  instance: string;
  request_id: string;
  errors: { path: string; message: string }[];
}> {
  const type = response.headers.get('content-type');
  if (!type?.startsWith('application/problem+json')) throw new Error(`Expected a problem, got ${type}.`);
  const problem = (await response.json()) as Awaited<ReturnType<typeof problemOf>>;
  if (problem.status !== response.status) throw new Error(`Status ${response.status} but the problem says otherwise.`);
  return problem;
}
