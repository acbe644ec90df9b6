// Writes one reference into the index that is named, as a process of its own.
import { openStore } from '../../../dist/references/open-store.js';

const [location, folder] = process.argv.slice(2);
const model = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 2 };
const point = { lat: 1, lon: 2 };
const reference = {
  ...{ id: 'b'.repeat(32), sha256: 'b'.repeat(64), width: 1, height: 1, bytes: 1, point, iso2: null },
  ...{ headingDeg: null, altitudeM: null, capturedAt: null, author: null, sequence: null },
  ...{ licence: null, attribution: null, url: null },
};
const file = { bytes: 1, mtimeMs: 1, ctimeMs: null, inode: null };
const store = openStore(location, { folder });
const [{ did }] = await store.write(model, (writer) =>
  writer.apply([
    {
      ...{ kind: 'photo', id: reference.id, facts: reference, iso2: null, gone: [] },
      source: { root: '/photos', path: '1.jpg', ...file, point, factsHash: '', origin: null },
      embedded: { reference, vector: Float32Array.of(1, 0) },
    },
  ]),
);
await store.close();
console.log(did);
