import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createServer } from '../../../src/http/create-server.js';
import { httpWorld } from '../../support/http-world.js';
import { eventually } from '../../support/references.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const world = httpWorld();
const HEX = createHash('sha256').update('r-key').digest('hex');

const lineSchema = z.strictObject({
  at: z.iso.datetime(),
  key: z.string().optional(),
  address: z.string().optional(),
  method: z.string(),
  route: z.string(),
  status: z.number().nullable(),
  request_id: z.string(),
});

function linesOf(file: string) {
  const text = readFileSync(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

describe('the audit log', () => {
  it('has a line for each call: when, whose, which route, status, request id, and nothing that was asked', async () => {
    const file = join(temporaryFolder(), 'audit.jsonl');
    const server = await world.serve({ audit_log: file, api_keys: ['read:r-key'], trusted_hops: 1 });
    const keyed = { 'x-api-key': 'r-key', 'x-request-id': 'mine-1' };
    await server.get('/v1/places?q=Sopot-secret', keyed);
    await server.get(`/v1/references/${world.photo('sopot').id}`, keyed);
    await server.json('/v1/similar', { text: 'body-secret' }, { 'x-api-key': 'wrong-secret' });
    await server.get('/v1/index', { 'x-forwarded-for': 'lie-secret, 203.0.113.5' });
    await server.get('/nowhere/path-secret', keyed);
    for (const probe of ['/livez', '/readyz']) await server.get(probe);
    await server.close();
    const lines = linesOf(file);
    const id = HEX.slice(0, 16);
    expect(lines.map(({ at: _, request_id, ...rest }) => rest)).toEqual([
      { key: id, method: 'GET', route: '/v1/places', status: 200 },
      { key: id, method: 'GET', route: '/v1/references/{id}', status: 200 },
      { address: '127.0.0.1', method: 'POST', route: '/v1/similar', status: 401 },
      { address: '203.0.113.5', method: 'GET', route: '/v1/index', status: 401 },
      { key: id, method: 'GET', route: 'none', status: 404 },
    ]);
    expect(lines[0]?.request_id).toBe('mine-1');
    const text = readFileSync(file, 'utf8');
    for (const said of ['secret', 'r-key', HEX, world.photo('sopot').id]) expect(text).not.toContain(said);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('adds to what is there', async () => {
    const file = join(temporaryFolder({ 'audit.jsonl': '{"before":true}\n' }), 'audit.jsonl');
    const server = await world.serve({ audit_log: file });
    await server.get('/v1/index');
    await server.close();
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"before":true\}\n\{"at":[^\n]+\}\n$/);
  });

  it('says so where the caller went away before there was an answer', async () => {
    const file = join(temporaryFolder(), 'audit.jsonl');
    const server = await world.serve({ audit_log: file }, { classify: () => new Promise(() => {}) });
    const gone = new AbortController();
    const body = JSON.stringify({ text: 'x', labels: ['a'] });
    const headers = { 'content-type': 'application/json' };
    const call = { method: 'POST', body, headers, signal: gone.signal };
    const asked = fetch(`${server.url}/v1/classify`, call).catch(() => 'gone');
    setTimeout(() => gone.abort(), 200);
    await asked;
    await eventually(() => linesOf(file).length === 1);
    expect(linesOf(file)[0]).toMatchObject({ route: '/v1/classify', status: null });
  });

  it('goes on in a new file after the old one was moved away, and loses none', async () => {
    const file = join(temporaryFolder(), 'audit.jsonl');
    const server = await world.serve({ audit_log: file });
    for (let i = 0; i < 6; i++) {
      if (i === 3) {
        renameSync(file, `${file}.1`);
        server.server.reload();
      }
      await server.get('/v1/index');
    }
    await server.close();
    const [before, after] = [linesOf(`${file}.1`), linesOf(file)];
    expect(before.length + after.length).toBe(6);
    expect(after.length).toBeGreaterThan(0);
    expect(before.length).toBeGreaterThan(0);
  });

  it('that can’t be opened again goes on where it was, and the server’s log says so', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'audit.jsonl');
    const server = await world.serve({ audit_log: file });
    await server.get('/v1/index');
    await eventually(() => linesOf(file).length === 1);
    renameSync(file, `${file}.1`);
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    server.server.reload();
    await eventually(() => server.log.some((line) => line.includes("can't be written")));
    expect((await server.get('/v1/index')).status).toBe(200);
    await server.close();
    expect(linesOf(`${file}.1`)).toHaveLength(2);
  });

  it.each(['folder', 'pipe', 'missing folder'])('that is a %s stops the start', (what) => {
    const folder = temporaryFolder({ 'there/a': '' });
    const file = { folder, pipe: join(folder, 'pipe'), 'missing folder': join(folder, 'none', 'a') }[what];
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    const parts = world.parts({ audit_log: file });
    expect(() => createServer(parts, { version: '1' })).toThrow(
      expect.objectContaining({ code: 'audit_log_unusable', message: expect.stringContaining(String(file)) }),
    );
  });

  it('on a full disk stops no answer, is one sentence in the log, and goes on when there is room', async () => {
    const folder = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', folder]).status === 0;
    if (!mounted) return console.warn('Skipped: a small disk cannot be mounted here.');
    try {
      writeFileSync(join(folder, 'full'), Buffer.alloc(12 * 1024));
      const file = join(folder, 'audit.jsonl');
      const server = await world.serve({ audit_log: file, rate_limit_per_minute: 0 });
      for (let i = 0; i < 60; i++) expect((await server.get('/v1/index')).status).toBe(200);
      const said = () => server.log.filter((line) => line.includes('audit log')).map((line) => JSON.parse(line));
      await eventually(() => said().length > 0);
      expect(said()).toEqual([
        expect.objectContaining({ reason: 'ENOSPC', msg: expect.stringContaining('make room') }),
      ]);
      writeFileSync(join(folder, 'full'), '');
      await server.get('/v1/index');
      await server.close();
      expect(linesOf(file)).toHaveLength(61);
      expect(said().at(-1)).toMatchObject({ lost: 0, msg: 'the audit log is written again' });
    } finally {
      spawnSync('umount', [folder]);
    }
  });
});
