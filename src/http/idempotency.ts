import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { fault } from '../domain/errors.js';
import { localsOf } from './locals.js';
import type { Body } from './read-body.js';

const KEPT_MAX = 1000;
const KEPT_MS = 24 * 60 * 60 * 1000;
const SANE_KEY = /^[\x21-\x7e]{1,255}$/;

/** What a write answers. */
export interface WriteAnswer {
  readonly status: number;
  readonly location: string;
  readonly json: unknown;
}

interface Kept {
  readonly fingerprint: string;
  /** null while the first call is worked on. */
  answer: WriteAnswer | null;
}

export type AnswerOnce = (
  request: Request,
  response: Response,
  body: Body,
  work: () => Promise<WriteAnswer>,
) => Promise<void>;

/**
 * Answers a write; one that carries an `Idempotency-Key` is done once, and the same answer given again for a day, to
 * the same API key. Only what succeeded is kept, in memory: after a restart a write is done anew, which for this API
 * means that it is found to be there.
 * @throws `idempotency_key_invalid`, `idempotency_key_reused`, `idempotency_key_in_use`
 */
export function answerOnce(): AnswerOnce {
  const kept = new LRUCache<string, Kept>({ max: KEPT_MAX, ttl: KEPT_MS });
  return async (request, response, body, work) => {
    const key = keyOf(request, response);
    if (key === null) return send(response, await work());
    const fingerprint = fingerprintOf(body);
    const known = kept.get(key);
    if (known !== undefined) {
      const answer = answerOf(known, fingerprint);
      response.setHeader('Idempotent-Replayed', 'true');
      return send(response, answer);
    }
    const entry: Kept = { fingerprint, answer: null };
    kept.set(key, entry);
    try {
      entry.answer = await work();
    } catch (error) {
      kept.delete(key);
      throw error;
    }
    send(response, entry.answer);
  };
}

function keyOf(request: Request, response: Response): string | null {
  const given = request.get('idempotency-key');
  if (given === undefined) return null;
  if (!SANE_KEY.test(given)) {
    throw fault('idempotency_key_invalid', 'Expected an Idempotency-Key of 1 to 255 visible ASCII characters.');
  }
  const { key } = localsOf(response);
  return [request.method, request.path, key?.sha256.toString('hex') ?? '', given].join(' ');
}

function answerOf(known: Kept, fingerprint: string): WriteAnswer {
  if (known.fingerprint !== fingerprint) {
    throw fault(
      'idempotency_key_reused',
      'This Idempotency-Key came with another body before. Use a new key for a new write.',
    );
  }
  if (known.answer === null) {
    throw fault('idempotency_key_in_use', 'The first call with this Idempotency-Key is still worked on.');
  }
  return known.answer;
}

/** Over what a body says: a form sent again has another boundary. */
function fingerprintOf(body: Body): string {
  const hash = createHash('sha256');
  if (body.kind === 'json') hash.update(JSON.stringify(body.json));
  else {
    hash.update(JSON.stringify([body.image?.name ?? null, Object.entries(body.fields).sort()]));
    hash.update(body.image?.bytes ?? '');
  }
  return hash.digest('hex');
}

function send(response: Response, { status, location, json }: WriteAnswer): void {
  response.status(status).location(location).json(json);
}
