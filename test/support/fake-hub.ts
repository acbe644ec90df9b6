import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Content of a file, or where it lies. */
export type FakeFile = string | Uint8Array | { readonly path: string };

export interface FakeHubOptions {
  readonly id: string;
  readonly files: Readonly<Record<string, FakeFile>>;
  readonly cardData?: object;
  readonly tags?: readonly string[];
  /** Names besides the commit itself; `main` is always one. */
  readonly revisions?: readonly string[];
  /** Without it, everything is open. */
  readonly token?: string;
  /** False: a mirror whose list says neither sizes nor hashes. */
  readonly sizes?: boolean;
}

/** What goes wrong, instead of or on the way of an answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly redirect: string }
  /** Sends so many bytes of the body, then closes the connection. */
  | { readonly cutAfter: number }
  /** Sends so many bytes of the body, then nothing. */
  | { readonly stallAfter: number }
  | { readonly change: (body: Buffer) => Buffer }
  | { readonly headers: Readonly<Record<string, string>> };

export interface SeenRequest {
  readonly host: 'hub' | 'cdn';
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

interface Stored {
  readonly bytes: number;
  readonly sha256: string;
  readonly gitSha1: string;
  /** Kept outside of git, delivered by the other host. */
  readonly large: boolean;
  read(from: number, count?: number): Readable;
}

/** A server on loopback that speaks the hub's protocol, with a second one as its delivery network. */
export class FakeHub implements AsyncDisposable {
  readonly commit = 'c0ffee'.padEnd(40, '0');
  readonly seen: SeenRequest[] = [];
  private readonly faults: { match: RegExp; fault: Fault; times: number }[] = [];
  private readonly stored = new Map<string, Stored>();
  private readonly hub: Server;
  private readonly cdn: Server;

  private constructor(private readonly options: FakeHubOptions) {
    this.hub = createServer((request, response) => this.answer('hub', request, response));
    this.cdn = createServer((request, response) => this.answer('cdn', request, response));
  }

  static async start(options: FakeHubOptions): Promise<FakeHub> {
    const hub = new FakeHub(options);
    for (const [path, file] of Object.entries(options.files)) hub.stored.set(path, await store(path, file));
    for (const server of [hub.hub, hub.cdn]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return hub;
  }

  get endpoint(): string {
    return addressOf(this.hub);
  }

  /** Requests whose path fits get the fault, so many times; of two faults that fit, the first one set counts. */
  fail(match: RegExp, fault: Fault, times = 1): void {
    this.faults.push({ match, fault, times });
  }

  sha256(path: string): string {
    return this.stored.get(path)?.sha256 ?? '';
  }

  /** Requests of a file's bytes. */
  asked(file: string, host: 'hub' | 'cdn' = 'cdn'): SeenRequest[] {
    return this.seen.filter((request) => request.host === host && request.path.endsWith(`/${file}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.hub, this.cdn]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  private async answer(host: 'hub' | 'cdn', request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '');
    this.seen.push({ host, path, headers: request.headers });
    const fault = this.nextFault(`${host}:${path}`);
    if (fault && 'redirect' in fault) return void response.writeHead(302, { location: fault.redirect }).end();
    if (fault && 'status' in fault) return void response.writeHead(fault.status, fault.headers).end('no');
    const { token } = this.options;
    if (host === 'hub' && token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return void response.writeHead(401, { 'x-error-code': 'GatedRepo' }).end('no');
    }
    if (path.startsWith(`/api/models/${this.options.id}/revision/`)) return this.list(path, response);
    const file = this.stored.get(this.fileOf(path) ?? '');
    if (file === undefined) {
      return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end('no');
    }
    const facts = {
      'x-repo-commit': this.commit,
      ...(fault && 'headers' in fault && host === 'hub' ? fault.headers : {}),
    };
    if (host === 'hub' && path.includes('/resolve/')) {
      const location = file.large
        ? `${addressOf(this.cdn)}/signed/${this.fileOf(path)}`
        : `/api/resolve-cache/models/${this.options.id}/${this.commit}/${this.fileOf(path)}`;
      const hash = file.large ? file.sha256 : file.gitSha1;
      const linked = { 'x-linked-etag': `"${hash}"`, 'x-linked-size': String(file.bytes) };
      return void response.writeHead(file.large ? 302 : 307, { location, ...linked, ...facts }).end('elsewhere');
    }
    await this.send(file, request, response, fault).catch(() => response.destroy());
  }

  private nextFault(path: string): Fault | undefined {
    const found = this.faults.find((entry) => entry.times > 0 && entry.match.test(path));
    if (found) found.times--;
    return found?.fault;
  }

  private list(path: string, response: ServerResponse): void {
    const revision = path.slice(path.indexOf('/revision/') + '/revision/'.length).replace(/\?.*$/, '');
    if (!['main', this.commit, ...(this.options.revisions ?? [])].includes(revision)) {
      return void response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end('no');
    }
    const siblings = [...this.stored].map(([rfilename, file]) =>
      this.options.sizes === false
        ? { rfilename }
        : {
            rfilename,
            size: file.bytes,
            blobId: file.gitSha1,
            ...(file.large ? { lfs: { sha256: file.sha256, size: file.bytes, pointerSize: 134 } } : {}),
          },
    );
    const { id, cardData, tags } = this.options;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id, sha: this.commit, siblings, cardData, tags }));
  }

  private fileOf(path: string): string | undefined {
    return (
      /\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1] ??
      /\/(?:resolve-cache\/models\/.*?\/c0ffee0*|signed)\/(.+)$/.exec(path)?.[1]
    );
  }

  private async send(file: Stored, request: IncomingMessage, response: ServerResponse, fault?: Fault): Promise<void> {
    const etag = `"cdn-${file.sha256.slice(0, 16)}"`;
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const condition = request.headers['if-range'];
    const from = asked !== undefined && (condition === undefined || condition === etag) ? Number(asked) : 0;
    if (from >= file.bytes && from > 0) {
      return void response.writeHead(416, { 'content-range': `bytes */${file.bytes}` }).end();
    }
    // Without a length, so that the changed body may be of another one.
    if (fault && 'change' in fault) {
      response.writeHead(200, { etag });
      return void response.end(fault.change(await bytesOf(file.read(0))));
    }
    const headers = { etag, 'content-length': file.bytes - from };
    if (from > 0) {
      response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${file.bytes - 1}/${file.bytes}` });
    } else response.writeHead(200, headers);
    const until =
      fault && 'cutAfter' in fault ? fault.cutAfter : fault && 'stallAfter' in fault ? fault.stallAfter : null;
    if (until === null) return await pipeline(file.read(from), response);
    for await (const chunk of file.read(from, until)) {
      if (!response.write(chunk)) await once(response, 'drain');
    }
    response.write('', () => {
      if (fault && 'cutAfter' in fault) setTimeout(() => response.destroy(), 20);
    });
  }
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function store(path: string, file: FakeFile): Promise<Stored> {
  const isPath = typeof file === 'object' && !(file instanceof Uint8Array);
  const content = isPath ? null : Buffer.from(file as string);
  const bytes = isPath ? statSync(file.path).size : (content as Buffer).length;
  const read = (from: number, count = bytes - from) =>
    isPath
      ? createReadStream(file.path, { start: from, end: from + count - 1, highWaterMark: 1 << 20 })
      : Readable.from([(content as Buffer).subarray(from, from + count)]);
  const sha256 = createHash('sha256');
  const git = createHash('sha1').update(`blob ${bytes}\0`);
  for await (const chunk of read(0)) {
    sha256.update(chunk);
    git.update(chunk);
  }
  const large = /\.(bin|safetensors|onnx|onnx_data)$/.test(path);
  return { bytes, sha256: sha256.digest('hex'), gitSha1: git.digest('hex'), large, read };
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
