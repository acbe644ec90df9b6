import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fault, hasCode } from '../../../domain/errors.js';
import { writeError } from '../disk-space.js';
import { checkedSha256, mismatch } from './content-hash.js';
import { cutOff, type HubAnswer, type HubClient } from './hub-client.js';
import type { HubFile } from './hub-listing.js';
import { withRetries } from './retry.js';
import { withStallLimit } from './stall-limit.js';

/** After a try that brought this much the count of tries begins anew. */
const PROGRESS_BYTES = 1 << 20;

export interface DownloadFileOptions {
  readonly client: HubClient;
  readonly id: string;
  readonly commit: string;
  readonly file: HubFile & { readonly bytes: number };
  /** Path of the file; until it is complete and checked it is called `<target>.incomplete`. */
  readonly target: string;
  /** Bytes received so far, earlier tries included. */
  readonly onBytes?: (received: number) => void;
  readonly signal?: AbortSignal;
}

/** What is known of a partial file on the disk; without it the rest can't be asked for. */
interface PartState {
  readonly contentHash: string | null;
  /** The server's strong ETag. */
  readonly validator: string | null;
}

/**
 * Downloads one file of a commit, going on where an earlier try ended, and checks it before it gets its name. Resolves to its
 * sha-256.
 * @throws `hub_cut`, `hub_checksum_mismatch`, `disk_full`, `interrupted` (all later), `hub_size_mismatch`, and what asking the
 * hub throws
 */
export async function downloadFile(options: DownloadFileOptions): Promise<string> {
  const { file, target } = options;
  if ((await sizeOf(target)) === file.bytes) {
    try {
      const sha256 = await checkedSha256(target, file.path, { sha256: file.sha256, sha1: file.gitSha1 });
      options.onBytes?.(file.bytes);
      return sha256;
    } catch (error) {
      if (!hasCode(error, 'hub_checksum_mismatch')) throw error;
    }
  }
  await rm(target, { force: true });
  try {
    return await downloadPart(options);
  } catch (error) {
    throw writeError(error, target);
  }
}

async function downloadPart(options: DownloadFileOptions): Promise<string> {
  const part = new Part(options.target);
  const resumed = ((await sizeOf(part.file)) ?? 0) > 0;
  try {
    return await finish(options, part);
  } catch (error) {
    // The part of an earlier run may be damaged, for example by a power cut: once more from the start.
    if (!resumed || !hasCode(error, 'hub_checksum_mismatch')) throw error;
    return await finish(options, part);
  }
}

async function finish(options: DownloadFileOptions, part: Part): Promise<string> {
  const { file, client, signal, target } = options;
  const state = await withRetries(client.pauseMs, signal, (progressed) => receiveRest(options, part, progressed));
  try {
    const sha256 = await checkedSha256(part.file, file.path, expectedOf(file, state.contentHash));
    await rename(part.file, target);
    await rm(part.stateFile, { force: true });
    await syncFolder(dirname(target));
    return sha256;
  } catch (error) {
    if (hasCode(error, 'hub_checksum_mismatch')) await part.drop();
    throw error;
  }
}

function expectedOf(file: HubFile, contentHash: string | null) {
  const sha256 = file.sha256 ?? (contentHash?.length === 64 ? contentHash : null);
  return { sha256, sha1: file.gitSha1 ?? (contentHash?.length === 40 ? contentHash : null) };
}

/** One try: asks for what is missing of the part and appends it. */
async function receiveRest(options: DownloadFileOptions, part: Part, progressed: () => void): Promise<PartState> {
  const { client, file, id, commit, signal } = options;
  const known = await part.state();
  let from = known === null ? 0 : ((await sizeOf(part.file)) ?? 0);
  if (known !== null && from === file.bytes && from > 0) return known;
  if (known === null || from > file.bytes) {
    await part.drop();
    from = 0;
  }
  return withStallLimit(client.stallMs, signal, file.path, async (limited, alive) => {
    const answer = await client.file(id, commit, file.path, { from, validator: known?.validator ?? null }, limited);
    const state = await checkAnswer(answer, options, known, part);
    const start = await startOf(answer.response, from, file, part);
    await part.remember(state);
    await append(answer.response, part, start, options, { alive, progressed, signal: limited });
    return state;
  });
}

/** Refuses an answer that belongs to another commit or content than the one asked for. */
async function checkAnswer(
  { response, contentHash, commit }: HubAnswer,
  { file, commit: asked, client }: DownloadFileOptions,
  known: PartState | null,
  part: Part,
): Promise<PartState> {
  if (commit !== null && commit !== asked) {
    await response.body?.cancel();
    throw fault(
      'hub_bad_answer',
      `Expected ${file.path} of the commit ${asked} from ${client.endpoint.host}, got that of ${commit}.`,
    );
  }
  const other = (hash: string | null) => contentHash?.length === 64 && hash?.length === 64 && hash !== contentHash;
  if (other(file.sha256) || other(known?.contentHash ?? null)) {
    await response.body?.cancel();
    await part.drop();
    throw mismatch(file.path, `sha-256 ${file.sha256 ?? known?.contentHash}`, contentHash ?? '');
  }
  const etag = response.headers.get('etag');
  return {
    contentHash: contentHash ?? known?.contentHash ?? null,
    validator: etag !== null && !etag.startsWith('W/') ? etag : null,
  };
}

/** The offset that the answer's bytes begin at: `from`, or 0 where the server sends everything. */
async function startOf(response: Response, from: number, file: HubFile & { bytes: number }, part: Part) {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const fits = range !== null && Number(range[1]) === from && (range[2] === '*' || Number(range[2]) === file.bytes);
  if (response.status === 206 && from > 0 && fits) return from;
  await response.body?.cancel();
  await part.drop();
  throw cutOff(file.path, 0, file.bytes);
}

interface Receiving {
  readonly alive: () => void;
  readonly progressed: () => void;
  readonly signal: AbortSignal;
}

async function append(
  response: Response,
  part: Part,
  start: number,
  { file, onBytes }: DownloadFileOptions,
  { alive, progressed, signal }: Receiving,
): Promise<void> {
  const handle = await part.openAt(start);
  let received = start;
  let broken: unknown;
  try {
    for await (const chunk of chunksOf(response, signal, (error) => {
      broken = error;
    })) {
      if (received + chunk.length > file.bytes) throw tooLong(file);
      await writeAll(handle, chunk, received);
      received += chunk.length;
      alive();
      onBytes?.(received);
      if (received - start >= PROGRESS_BYTES) progressed();
    }
    await handle.sync();
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    if (hasCode(error, 'hub_size_mismatch')) await part.drop();
    throw error;
  } finally {
    await handle.close();
  }
  if (received < file.bytes) throw cutOff(file.path, received, file.bytes, broken);
}

/**
 * The body's bytes. A broken connection is told apart from an error of the disk. The signal is listened to here too: fetch
 * holds its own listener weakly, and once that is collected a stalled body waits for ever.
 */
async function* chunksOf(
  response: Response,
  signal: AbortSignal,
  onBroken: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  const stop = () => void reader?.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      if (signal.aborted) return;
      const next = await reader?.read().catch((error) => {
        onBroken(error);
        return undefined;
      });
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  }
}

const tooLong = (file: HubFile) =>
  fault(
    'hub_size_mismatch',
    `Expected ${file.bytes} bytes of ${file.path}, as the hub's list says, but more came; the file was dropped. Check HF_ENDPOINT.`,
  );

/** `<target>.incomplete` and a file beside it that says what it is a part of. */
class Part {
  readonly file: string;
  readonly stateFile: string;

  constructor(target: string) {
    this.file = `${target}.incomplete`;
    this.stateFile = `${target}.incomplete.json`;
  }

  async state(): Promise<PartState | null> {
    try {
      const { contentHash, validator } = JSON.parse(await readFile(this.stateFile, 'utf8'));
      return { contentHash: textOrNull(contentHash), validator: textOrNull(validator) };
    } catch {
      return null;
    }
  }

  async remember(state: PartState): Promise<void> {
    await writeFile(this.stateFile, JSON.stringify(state));
  }

  async openAt(start: number): Promise<FileHandle> {
    const handle = await open(this.file, start === 0 ? 'w' : 'r+');
    if (start > 0) await handle.truncate(start);
    return handle;
  }

  async drop(): Promise<void> {
    await rm(this.file, { force: true });
    await rm(this.stateFile, { force: true });
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Bytes of a file on the disk, complete or not. */
export async function bytesPresent(target: string): Promise<number> {
  return (await sizeOf(target)) ?? (await sizeOf(`${target}.incomplete`)) ?? 0;
}

async function sizeOf(file: string): Promise<number | null> {
  return await stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

/** Makes a rename last through a power cut, where the file system can. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
