import { afterAll, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Installed } from '../support/served.js';

let installed: Installed;
beforeAll(() => {
  installed = new Installed();
});
afterAll(() => installed.end());

it('40 thumbnails of an uploaded TIFF of 30 MB hold up nobody, and are the same', async () => {
  const { url } = await installed.serve();
  const tiff = await sharp({ create: { width: 3200, height: 3200, channels: 3, background: '#4488aa' } })
    .tiff({ compression: 'none' })
    .toBuffer();
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(tiff)]), 'a.tif');
  form.append('lat', '1');
  form.append('lon', '2');
  const added = await fetch(`${url}/v1/references`, { method: 'POST', body: form });
  const { reference } = (await added.json()) as { reference: { id: string } };
  const thumbnail = async () => {
    const response = await fetch(`${url}/v1/references/${reference.id}/thumbnail`);
    return Buffer.from(await response.arrayBuffer());
  };
  const [first] = await Promise.all([thumbnail(), ...Array.from({ length: 39 }, thumbnail)]);
  expect(await sharp(first).metadata()).toMatchObject({ width: 320, height: 320 });
  // Now it is kept: whoever else asks waits for none of the reads that each of them took before.
  const asked = Promise.all(Array.from({ length: 40 }, thumbnail));
  const started = performance.now();
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(performance.now() - started).toBeLessThan(1000);
  for (const bytes of await asked) expect(bytes.equals(first as Buffer)).toBe(true);
}, 120_000);
