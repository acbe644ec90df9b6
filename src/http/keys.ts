import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request, RequestHandler } from 'express';
import { fault } from '../domain/errors.js';
import { type ApiKey, SCOPES, type Scope } from './api-key.js';
import { localsOf } from './locals.js';

/**
 * The keys of the settings: `scope:key` entries, and a file of `scope:sha256-hex` lines.
 * @throws `api_key_invalid` or `api_keys_file_unreadable`; the message never holds a key.
 */
export function readApiKeys(config: {
  readonly api_keys: readonly string[];
  readonly api_keys_file?: string | undefined;
}) {
  const keys = config.api_keys.map((entry, i): ApiKey => {
    const [scope, key] = splitEntry(entry, `api_keys entry ${i + 1}`);
    return { scope, sha256: sha256(key) };
  });
  return config.api_keys_file === undefined ? keys : [...keys, ...readKeysFile(config.api_keys_file)];
}

function readKeysFile(file: string): ApiKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw fault('api_keys_file_unreadable', `Expected a readable file of API keys at ${file}.`, { cause });
  }
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
export function identifyKey(keys: readonly ApiKey[]): RequestHandler {
  return (request, response, next) => {
    const presented = presentedKey(request);
    const key = presented === null ? null : findKey(keys, presented);
    const locals = localsOf(response);
    locals.keyPresented = presented !== null;
    locals.key = key;
    next();
  };
}

/** Refuses a call whose key does not reach `scope`. Without any keys configured everyone on this machine may call. */
export function requireScope(keys: readonly ApiKey[], scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (keys.length === 0) return next();
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
