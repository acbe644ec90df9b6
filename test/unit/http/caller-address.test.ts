import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createServer } from '../../../src/http/create-server.js';
import { passOn } from '../../../src/http/front.js';
import { listen, type RunningServer } from '../../../src/http/listen.js';
import { httpWorld } from '../../support/http-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const world = httpWorld();
const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.close();
});

/** As `serve` is: one process alone, or one that passes calls on to another. */
const SERVE = {
  alone: async (settings: object) => {
    const server = createServer(world.parts(settings), { version: '1', logger: pino({ level: 'silent' }) });
    running.push(await listen(server));
    return running.at(-1)?.url ?? '';
  },
  supervised: async (settings: object) => {
    const parts = world.parts(settings);
    const server = createServer(parts, { version: '1', logger: pino({ level: 'silent' }), supervised: true });
    const socket = join(temporaryFolder(), 's');
    running.push(await listen(server, { socket }));
    const front = { app: passOn({ socket, metrics: () => '' }), config: parts.config, drain: () => undefined };
    running.push(await listen(front));
    return running.at(-1)?.url ?? '';
  },
};

/** What arrives of a caller who says `said`, after so many proxies that each add whom they heard. */
function forwarded(proxies: number, caller: string, said: string | null): Record<string, string> {
  const heard = [caller, '10.0.0.1', '10.0.0.2'].slice(0, proxies);
  const all = [...(said === null ? [] : [said]), ...heard];
  return all.length === 0 ? {} : { 'x-forwarded-for': all.join(', ') };
}

async function statuses(url: string, calls: readonly Record<string, string>[]): Promise<number[]> {
  const answers: number[] = [];
  for (const headers of calls) answers.push((await fetch(`${url}/v1/index`, { headers })).status);
  return answers;
}

const LIES = [
  null,
  '192.0.2.1',
  '192.0.2.2, 192.0.2.3',
  'unknown',
  '192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7',
  ', ,',
];

/** Of this machine, beside loopback. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((known) => known?.internal === false && known.family === 'IPv4')?.address;

describe('a server that is called by its address', () => {
  const status = (url: string, host: string, headers: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${url}/nowhere`, { headers: { ...headers, host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });

  it.each(['alone', 'supervised'] as const)('answers under it, %s', async (how) => {
    if (address === undefined) return;
    const url = await SERVE[how]({ host: address, api_keys: ['read:key'] });
    expect(await status(url, new URL(url).host)).toBe(404);
    expect(await status(url, '203.0.113.9')).toBe(403);
  });

  it.each(['alone', 'supervised'] as const)('does not believe a caller which it is, %s', async (how) => {
    const url = await SERVE[how]({});
    expect(await status(url, '203.0.113.9', { 'x-streetdex-heard-at': '203.0.113.9' })).toBe(403);
  });
});

describe.each(['alone', 'supervised'] as const)('whose call it is, in a server that is %s', (how) => {
  it.each([0, 1, 2, 3])('does not change by what a caller says before %i proxies', async (hops) => {
    const url = await SERVE[how]({ trusted_hops: hops, rate_limit_per_minute: 2 });
    const calls = LIES.map((lie) => forwarded(hops, '203.0.113.5', lie));
    expect(await statuses(url, calls)).toEqual([200, 200, 429, 429, 429, 429]);
  });

  it.each([1, 2, 3])('is each caller’s own behind %i proxies', async (hops) => {
    const url = await SERVE[how]({ trusted_hops: hops, rate_limit_per_minute: 1 });
    const callers = ['203.0.113.5', '203.0.113.6', '203.0.113.5:4711', '2001:db8:1::1', '[2001:db8:2::1]:443'];
    const calls = [...callers, '2001:db8:2::1'].map((caller) => forwarded(hops, caller, '192.0.2.1'));
    expect(await statuses(url, calls)).toEqual([200, 200, 429, 200, 200, 429]);
  });

  it('is the nearest proxy’s where a call came past another, or names no address', async () => {
    const url = await SERVE[how]({ trusted_hops: 2, rate_limit_per_minute: 2 });
    const calls = [null, '192.0.2.1', '192.0.2.2', 'secret, 10.0.0.1'].map((said) => forwarded(0, '', said));
    expect(await statuses(url, calls)).toEqual([200, 200, 429, 429]);
  });
});
