// A server to be tried out: a small index of made-up photos in FOLDER, by the fixtures' model. Prints its address.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import sharp from 'sharp';
import { App } from '../../dist/app.js';
import { settingsSchema } from '../../dist/config/settings.js';
import { buildGazetteer } from '../../dist/gazetteer/build-gazetteer.js';
import { readPackageSource } from '../../dist/gazetteer/package-source.js';
import { appParts } from '../../dist/http/app-parts.js';
import { createServer } from '../../dist/http/create-server.js';
import { listen } from '../../dist/http/listen.js';

const PHOTOS = 24;
const CITY_PEOPLE_MIN = 5_000_000;
const folder = process.argv[2];
const data = join(folder, 'data');
const photos = join(folder, 'photos');
mkdirSync(data);
mkdirSync(photos);

const source = readPackageSource();
const cities = source.cities.filter((city) => city.population >= CITY_PEOPLE_MIN);
buildGazetteer(join(data, 'gazetteer.sqlite'), { ...source, cities });
for (let i = 0; i < PHOTOS; i++) {
  const gps = {
    GPSLatitudeRef: 'N',
    GPSLatitude: `${i}/1 30/1 0/1`,
    GPSLongitudeRef: 'E',
    GPSLongitude: `${i}/1 0/1 0/1`,
  };
  const picture = sharp({
    create: { width: 64, height: 48, channels: 3, noise: { type: 'gaussian', mean: 90 + i, sigma: 30 } },
  });
  writeFileSync(join(photos, `${i}.jpg`), await picture.withExif({ IFD3: gps }).jpeg().toBuffer());
}

const app = new App(
  settingsSchema.parse({
    index: join(folder, 'index'),
    model: './test/fixtures/tiny-clip',
    data_dir: data,
    port: 0,
    rate_limit_per_minute: 0,
    body_bytes_max: 2 * 1024 * 1024,
    ingest_roots: photos,
  }),
);
await app.withWriter(async () => undefined);
await app.locator();
const parts = appParts(app);
// Standard error is the log: what the caller is not told of a fault of ours.
const server = await listen(
  createServer(parts, { version: '0', logger: pino({ level: 'error' }, pino.destination(2)) }),
);
await parts.ingestions.start({ sources: ['photos'] });
while (parts.ingestions.running !== null) await new Promise((resolve) => setTimeout(resolve, 50));
console.log(server.url);
process.once('SIGTERM', async () => {
  await server.close();
  await app.close();
});
