// A writer to be killed: node write-references.mjs FOLDER FROM TO PER_TRANSACTION PAUSE_MS. Prints the last reference
// of each commit. Uses the build, as every process outside Jest does.
import { createHash } from 'node:crypto';
import { seededRandom } from '../../dist/domain/seeded-random.js';
import { toUnitVector } from '../../dist/domain/unit-vector.js';
import { openWriter } from '../../dist/references/embedded/open-index.js';

const [folder, from, to, perTransaction, pauseMs] = process.argv
  .slice(2)
  .map((value, i) => (i === 0 ? value : Number(value)));

/** As vectorOf() and referenceOf() of references.ts. */
function vectorOf(i) {
  const random = seededRandom(i * 7919 + 1);
  return toUnitVector(Array.from({ length: 32 }, () => random() + random() + random() - 1.5));
}

function referenceOf(i) {
  const sha256 = createHash('sha256').update(`photo ${i}`).digest('hex');
  const random = seededRandom(i * 104_729 + 2);
  const point = { lat: random() * 170 - 85, lon: random() * 360 - 180 };
  const facts = { headingDeg: null, altitudeM: null, capturedAt: null, author: null, sequence: null };
  const more = { licence: null, attribution: null, url: null, iso2: null, width: 640, height: 480, bytes: 1000 + i };
  return { id: sha256.slice(0, 32), sha256, point, ...facts, ...more };
}

const writer = await openWriter(folder, { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 });
for (let i = from; i < to; i += perTransaction) {
  const end = Math.min(to, i + perTransaction);
  writer.transaction((tx) => {
    for (let j = i; j < end; j++) {
      const reference = referenceOf(j);
      tx.put(reference, vectorOf(j));
      const { point, bytes } = reference;
      tx.putSource(reference.id, {
        root: '/photos',
        path: `${j}.jpg`,
        bytes,
        mtimeMs: 1.7e12 + j,
        point,
        factsHash: 'hash',
        ctimeMs: null,
        inode: null,
        origin: null,
      });
    }
  });
  console.log(end);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
await writer.checkpoint();
await writer.close();
console.log('closed');
