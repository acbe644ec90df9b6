import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { pino } from 'pino';
import sharp from 'sharp';
import { problemSchema } from '../../src/api/service.js';
import type { Problem } from '../../src/api/types.js';
import { App } from '../../src/app.js';
import { type Config, settingsSchema } from '../../src/config/settings.js';
import type { GeoPoint } from '../../src/domain/geo-point.js';
import { present } from '../../src/domain/present.js';
import { referenceId } from '../../src/domain/reference.js';
import { buildGazetteer } from '../../src/gazetteer/build-gazetteer.js';
import type { SourceCity } from '../../src/gazetteer/gazetteer-source.js';
import { readCountries } from '../../src/gazetteer/package-source.js';
import { appParts } from '../../src/http/app-parts.js';
import { type ApiServer, createServer, type ServerOptions } from '../../src/http/create-server.js';
import type { HttpParts } from '../../src/http/http-parts.js';
import { listen, type RunningServer } from '../../src/http/listen.js';
import { runIngest } from '../../src/ingest/run-ingest.js';
import type { ReferenceWriter } from '../../src/references/writer.js';
import { fixture } from './fixtures.js';
import { makePhoto } from './make-photo.js';
import { putFile, temporaryFolder } from './temporary-folder.js';

/** A photo of the world's index, by what its manifest says of it (the last one: its EXIF). */
export interface WorldPhoto {
  readonly file: string;
  readonly point: GeoPoint;
  readonly country: string;
  readonly author: string | null;
  readonly sequence: string | null;
  readonly capturedAt: string | null;
  readonly id: string;
  readonly bytes: Buffer;
}

/** Of the world's model. */
export const DIMENSION = 24;

type Settings = Partial<Record<keyof Config, unknown>>;

// Three of one H3 cell of resolution 1 and one beyond 180°; positions of more decimals than answers have.
const PHOTOS: readonly Omit<WorldPhoto, 'id' | 'bytes'>[] = [
  taken('a/sopot.jpg', 54.441812345, 18.560112345, 'PL', 'ann', 'walk', '2024-05-17T12:30:00Z'),
  taken('a/pier.jpg', 54.447, 18.573, 'PL', 'bo', 'walk', '2015-03-01'),
  taken('a/gdansk.jpg', 54.352, 18.646, 'PL', 'ann', null, '2019-01-01T08:00:00Z'),
  taken('b/berlin.jpg', 52.52, 13.405, 'DE', 'bo', 'drive', '2020-06-30T23:00:00Z'),
  taken('b/suva.jpg', -17.8, 178.1, 'FJ', 'cy', null, '2021-12-31T00:00:00Z'),
  taken('b/cape-town.jpg', -33.926, 18.423, 'ZA', null, null, null),
];

const CITIES: readonly SourceCity[] = [
  city('1', 'Sopot', 'PL', '82', 54.4418, 18.5601, 38_000),
  city('2', 'Gdańsk', 'PL', '82', 54.3521, 18.6464, 460_000),
  city('3', 'Berlin', 'DE', '16', 52.5244, 13.4105, 3_400_000),
  city('4', 'Paris', 'FR', '11', 48.8534, 2.3488, 2_100_000),
  city('5', 'Suva', 'FJ', '01', -18.1416, 178.4415, 77_000),
  city('6', 'Cape Town', 'ZA', '11', -33.9258, 18.4232, 3_400_000),
];

function taken(
  file: string,
  lat: number,
  lon: number,
  country: string,
  author: string | null,
  sequence: string | null,
  capturedAt: string | null,
) {
  return { file, point: { lat, lon }, country, author, sequence, capturedAt };
}

function city(id: string, name: string, iso2: string, admin1: string, lat: number, lon: number, population: number) {
  return { id, name, iso2, admin1, lat, lon, population, feature: 'PPLA', alternates: [] };
}

/**
 * The real server over the real application: six photos and a file that is none, ingested once for a test file with a
 * small model, and a gazetteer of six cities. All servers of a file share the application, and so what was added.
 */
export class HttpWorld {
  readonly folder = temporaryFolder();
  readonly photosFolder = join(this.folder, 'photos');
  photos: readonly WorldPhoto[] = [];
  #app: App | undefined;
  readonly #started: RunningServer[] = [];

  get app(): App {
    return present(this.#app);
  }

  /** One of its photos. */
  photo(name: string): WorldPhoto {
    return present(this.photos.find(({ file }) => file.endsWith(`${name}.jpg`)));
  }

  /**
   * What the server calls, of the application but for `overrides`: what must be busy or broken. `settings` are the server's; the
   * application keeps its own.
   */
  parts(settings: Settings = {}, overrides: Partial<HttpParts> = {}): HttpParts {
    const config = settingsSchema.parse({ ...this.app.config, ...settings });
    return { ...appParts(this.app), config, ...overrides };
  }

  /** On a free loopback port; it is closed at the end of the file where the test does not. */
  async serve(
    settings: Settings = {},
    overrides: Partial<HttpParts> = {},
    options: Partial<ServerOptions> = {},
  ): Promise<TestServer> {
    const log: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
    const server = createServer(this.parts(settings, overrides), { version: '1.2.3', logger, ...options });
    const running = await listen(server);
    this.#started.push(running);
    return new TestServer(server, running, log);
  }

  async open(): Promise<void> {
    const data = join(this.folder, 'data');
    makeGazetteer(data);
    this.photos = await putPhotos(this.photosFolder);
    const app = new App(
      settingsSchema.parse({
        ...{ index: join(this.folder, 'index'), data_dir: data, model: fixture('tiny-clip'), threads: 1 },
        ...{ port: 0, log_level: 'silent', shutdown_timeout_s: 2, ingest_roots: [this.photosFolder] },
      }),
      // Fewer threads to start, at a price that no test here pays: searches see what was ingested, not what is added.
      { once: true },
    );
    this.#app = app;
    const [model, gazetteer] = [await app.model(), await app.gazetteer()];
    const countryAt = gazetteer.countryAt.bind(gazetteer);
    const sources = [this.photosFolder];
    await app.withWriter((writer) =>
      runIngest({ sources, options: {}, writer: withoutGraph(writer), model, countryAt }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#started.map((running) => running.close()));
    await this.#app?.close();
  }
}

/** A world that opens before the tests of a file and closes after them. */
export function httpWorld(): HttpWorld {
  const world = new HttpWorld();
  beforeAll(() => world.open());
  afterAll(() => world.close());
  return world;
}

/** Files of the world's photos, one that is none, and the manifest. */
async function putPhotos(folder: string): Promise<readonly WorldPhoto[]> {
  const photos: WorldPhoto[] = [];
  for (const [i, photo] of PHOTOS.entries()) {
    const bytes =
      i === 0 ? await largePhoto() : await makePhoto(40 * i, photo.author === null ? photo.point : undefined);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    putFile(folder, photo.file, bytes);
    photos.push({ ...photo, id: referenceId(sha256), bytes });
  }
  putFile(folder, 'b/words.jpg', 'just words');
  const rows = PHOTOS.filter(({ author }) => author !== null).map(
    ({ file, point, author, sequence, capturedAt }) =>
      `${file},${point.lat},${point.lon},${author},${sequence ?? ''},${capturedAt},CC0`,
  );
  putFile(folder, 'manifest.csv', ['file,lat,lon,author,sequence,captured_at,licence', ...rows, ''].join('\n'));
  return photos;
}

/** Its file of the graph is for the next start, and there is none. */
function withoutGraph(writer: ReferenceWriter): ReferenceWriter {
  return new Proxy(writer, {
    get: (target, name) => {
      if (name === 'checkpoint') return async () => undefined;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Larger than a thumbnail, with metadata. */
function largePhoto(): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background: '#4488aa' } })
    .withExif({
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '54/1 7/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '18/1 0/1 0/1' },
    })
    .jpeg()
    .toBuffer();
}

function makeGazetteer(folder: string): void {
  const known = new Set(CITIES.map(({ iso2 }) => iso2));
  buildGazetteer(join(folder, 'gazetteer.sqlite'), {
    ...{ description: 'six cities', attribution: 'GeoNames, CC BY 4.0', cities: CITIES },
    countries: readCountries().filter(({ iso2 }) => known.has(iso2)),
    regionNames: new Map([['PL.82', 'Pomerania']]),
  });
}

/** A running server, and the ways in which tests call it. */
export class TestServer {
  readonly url: string;

  constructor(
    readonly server: ApiServer,
    readonly running: RunningServer,
    /** Lines of its log. */
    readonly log: readonly string[],
  ) {
    this.url = running.url;
  }

  close(): Promise<boolean> {
    return this.running.close();
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { headers });
  }

  json(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  form(path: string, given: Record<string, Blob | string>): Promise<Response> {
    const form = new FormData();
    for (const [name, part] of Object.entries(given)) {
      if (typeof part === 'string') form.append(name, part);
      else form.append(name, part, 'street scene.jpg');
    }
    return fetch(this.url + path, { method: 'POST', body: form });
  }
}

/** The bytes of a picture as a form carries them. */
export function blobOf(bytes: Uint8Array): Blob {
  return new Blob([Uint8Array.from(bytes)], { type: 'image/jpeg' });
}

/** The problem of an answer, after a look at its headers. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type');
  if (!type?.startsWith('application/problem+json')) throw new Error(`Expected a problem, got ${type}.`);
  const problem = problemSchema.parse(await response.json());
  if (problem.status !== response.status) throw new Error(`Status ${response.status} but the problem says otherwise.`);
  return problem;
}
