import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import { workerFile } from '../../../src/config/package-root.js';
import { isCutShort } from '../../../src/images/cut-short.js';
import { tiffBytes } from '../../support/tiff-bytes.js';

const [OFFSETS, BYTES] = [273, 279];

/** A TIFF whose table of strips has so many values, each of a strip of `size` bytes at byte 8. */
function tiffOfStrips(count: number, size: number): Uint8Array {
  const table = (value: number) => new Uint8Array(new Uint32Array(count).fill(value).buffer);
  const bytes = Buffer.from(
    tiffBytes({ first: [OFFSETS, BYTES].map((tag) => ({ tag, type: 4, value: table(tag === OFFSETS ? 8 : size) })) }),
  );
  // The helper counts bytes.
  for (const entry of [0, 1]) bytes.writeUInt32LE(count, 8 + 2 + entry * 12 + 4);
  return bytes;
}

describe('isCutShort', () => {
  it('knows from the table of its strips whether a TIFF is whole', () => {
    expect(isCutShort(tiffOfStrips(1000, 100), 'TIFF')).toBe(false);
    expect(isCutShort(tiffOfStrips(1000, 1_000_000), 'TIFF')).toBe(true);
    const whole = tiffOfStrips(1000, 100);
    expect(isCutShort(whole.subarray(0, whole.length - 4), 'TIFF')).toBe(true);
  });

  it('reads a table of 4 million strips in a thread with little memory', async () => {
    const thread = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       import(workerData.file).then(({ isCutShort }) => parentPort.postMessage(isCutShort(workerData.bytes, 'TIFF')));`,
      {
        eval: true,
        workerData: { file: workerFile('images/cut-short'), bytes: tiffOfStrips(4_000_000, 100) },
        resourceLimits: { maxOldGenerationSizeMb: 32 },
      },
    );
    const answer = await new Promise((resolve) => {
      thread.once('message', resolve).once('error', resolve);
    });
    await thread.terminate();
    expect(answer).toBe(false);
  });
});
