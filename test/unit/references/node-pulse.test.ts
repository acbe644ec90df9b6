import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NodePulse } from '../../../src/references/weaviate/node-pulse.js';
import { eventually } from '../../support/references.js';

let server: Server | null = null;
let pulse: NodePulse | null = null;

afterEach(async () => {
  pulse?.close();
  await stop();
});

/** Answers with this status; -1 never. */
async function start(status: number, port = 0, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const own = createServer((_, response) => {
    if (status > 0) response.writeHead(status, headers).end();
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(port, '127.0.0.1', resolve));
  return (own.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  const own = server;
  server = null;
  if (own === null) return;
  const closed = new Promise((resolve) => own.close(resolve));
  own.closeAllConnections();
  await closed;
}

function listen(port: number): { ended: number; pulse: NodePulse } {
  const seen = { ended: 0, pulse: new NodePulse(`http://127.0.0.1:${port}/`, {}, () => seen.ended++) };
  pulse = seen.pulse;
  return seen;
}

describe('the pulse of a node', () => {
  it('is that it says that it is ready', async () => {
    expect(await listen(await start(200)).pulse.beat(1000)).toBe(true);
    await stop();
    expect(await listen(await start(503)).pulse.beat(1000)).toBe(false);
    await stop();
    expect(await listen(await start(-1)).pulse.beat(50)).toBe(false);
  });

  it('goes on where an answer says that its connection ends', async () => {
    const seen = listen(await start(200, 0, { connection: 'close' }));
    for (let beat = 0; beat < 3; beat++) {
      expect(await seen.pulse.beat(1000)).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(seen.ended).toBe(0);
  });

  it('tells of one that ended and began anew between two beats', async () => {
    const port = await start(200);
    const seen = listen(port);
    expect([await seen.pulse.beat(1000), await seen.pulse.beat(1000), seen.ended]).toEqual([true, true, 0]);
    await stop();
    await start(200, port);
    expect(await eventually(async () => seen.ended === 1)).toBe(true);
    expect([await seen.pulse.beat(1000), seen.ended]).toEqual([true, 1]);
  });
});
