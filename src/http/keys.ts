import { createHash, timingSafeEqual } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { fault, StreetdexError } from '../domain/errors.js';
import { type ApiKey, SCOPES, type Scope } from './api-key.js';
import { localsOf } from './locals.js';

/** So soon is a changed file of keys heeded. Who is told of changes hears nothing of a link or a mount that leads elsewhere. */
const LOOK_MS = 2000;

interface KeySettings {
  readonly api_keys: readonly string[];
  readonly api_keys_file?: string | undefined;
}

/**
 * The keys of the settings: `scope:key` entries, and a file of `scope:sha256-hex` lines, which is read again when it changes.
 * One that can't be used then leaves the keys as they are, and the log says why.
 */
export class ApiKeys {
  readonly #file: string | undefined;
  readonly #logger: Logger;
  readonly #ofSettings: readonly ApiKey[];
  readonly #timer: NodeJS.Timeout | undefined;
  #ofFile: readonly ApiKey[] = [];
  #seen = '';
  #work: Promise<void> | null = null;

  /** @throws `api_key_invalid` or `api_keys_file_unreadable`; the message never holds a key. */
  constructor({ api_keys, api_keys_file: file }: KeySettings, logger: Logger, everyMs = LOOK_MS) {
    this.#file = file;
    this.#logger = logger;
    this.#ofSettings = api_keys.map((entry, i): ApiKey => {
      const [scope, key] = splitEntry(entry, `api_keys entry ${i + 1}`);
      return { scope, sha256: sha256(key) };
    });
    if (file === undefined) return;
    try {
      this.#seen = stateOf(statSync(file, { bigint: true }));
      if (this.#seen === NO_FILE) throw unreadable(file, NO_FILE);
      this.#ofFile = parseKeys(readFileSync(file, 'utf8'), file);
    } catch (error) {
      throw keysError(error, file);
    }
    this.#timer = setInterval(() => this.#look(false), everyMs).unref();
  }

  /** Those that count now. */
  get all(): readonly ApiKey[] {
    return [...this.#ofSettings, ...this.#ofFile];
  }

  /** Reads the file again, changed or not. */
  reload(): void {
    this.#look(true);
  }

  /** Looks at the file no more. */
  end(): void {
    clearInterval(this.#timer);
  }

  /** One look at a time: a disk may give no answer. */
  #look(asked: boolean): void {
    const file = this.#file;
    if (file === undefined || (this.#work !== null && !asked)) return;
    const mine = (this.#work ?? Promise.resolve())
      .then(() => this.#read(file, asked))
      .finally(() => {
        if (this.#work === mine) this.#work = null;
      });
    this.#work = mine;
  }

  async #read(file: string, asked: boolean): Promise<void> {
    try {
      // Before it is read: what is changed meanwhile is another state.
      const state = await stat(file, { bigint: true }).then(stateOf, codeOf);
      if (state === this.#seen && !asked) return;
      this.#seen = state;
      if (state === NO_FILE) throw unreadable(file, NO_FILE);
      this.#ofFile = parseKeys(await readFile(file, 'utf8'), file);
      this.#logger.info({ keys: this.#ofFile.length }, 'the file of API keys was read again');
    } catch (error) {
      const { message } = keysError(error, file);
      this.#logger.error(`The file of API keys changed and can't be used; the keys so far still count. ${message}`);
    }
  }
}

const NO_FILE = 'it is no plain file';
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Another one for a file that was changed or replaced. */
function stateOf(stats: BigIntStats): string {
  if (!stats.isFile()) return NO_FILE;
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

function keysError(error: unknown, file: string): StreetdexError {
  return error instanceof StreetdexError ? error : unreadable(file, codeOf(error), error);
}

function unreadable(file: string, reason: string, cause?: unknown): StreetdexError {
  return fault('api_keys_file_unreadable', `Expected a readable file of API keys at ${file}, but: ${reason}.`, {
    cause,
  });
}

function parseKeys(text: string, file: string): ApiKey[] {
  const keys = text.split(/\r?\n/).flatMap((line, i) => {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) return [];
    const [scope, hex] = splitEntry(entry, `${file} line ${i + 1}`);
    if (!/^[0-9a-fA-F]{64}$/.test(hex)) {
      throw fault('api_key_invalid', `${file} line ${i + 1}: expected the 64 hex digits of a key's sha-256.`);
    }
    return [{ scope, sha256: Buffer.from(hex, 'hex') }];
  });
  // A server told to use keys must not stand open because there are none.
  if (keys.length === 0) throw fault('api_key_invalid', `Expected at least one key in ${file}, got none.`);
  return keys;
}

function splitEntry(entry: string, where: string): [Scope, string] {
  const colon = entry.indexOf(':');
  const scope = SCOPES.find((name) => name === entry.slice(0, Math.max(0, colon)));
  const rest = entry.slice(colon + 1);
  if (scope === undefined || rest === '') {
    throw fault('api_key_invalid', `${where}: expected scope:key with scope read, write or admin.`);
  }
  return [scope, rest];
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares with every key, so that the time says nothing about which one came near. */
function findKey(keys: readonly ApiKey[], presented: string): ApiKey | null {
  const hash = sha256(presented);
  let found: ApiKey | null = null;
  for (const key of keys) if (timingSafeEqual(key.sha256, hash)) found = key;
  return found;
}

/** The key that a request shows: `Authorization: Bearer`, else `X-API-Key`. */
function presentedKey(request: Request): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '');
  return bearer?.[1] ?? request.get('x-api-key') ?? null;
}

/** Notes whose key a request carries, without refusing it yet: rate limits go by key, and come first. */
export function identifyKey(keys: ApiKeys): RequestHandler {
  return (request, response, next) => {
    const presented = presentedKey(request);
    const key = presented === null ? null : findKey(keys.all, presented);
    const locals = localsOf(response);
    locals.keyPresented = presented !== null;
    locals.key = key;
    next();
  };
}

/** Refuses a call whose key does not reach `scope`. Without any keys configured everyone on this machine may call. */
export function requireScope(keys: ApiKeys, scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (keys.all.length === 0) return next();
    const { key, keyPresented } = localsOf(response);
    if (key == null) {
      throw keyPresented
        ? fault('key_unknown', 'The API key is not one of this server.')
        : fault('key_missing', 'Expected an API key as Authorization: Bearer or X-API-Key, got none.');
    }
    if (SCOPES.indexOf(key.scope) < SCOPES.indexOf(scope)) {
      throw fault('scope_insufficient', `This call needs a key of scope ${scope}; the key's scope is ${key.scope}.`);
    }
    next();
  };
}
