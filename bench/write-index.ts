import type { Reference } from '../dist/domain/reference.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import { openWriter, type WriterOptions } from '../dist/references/embedded/open-index.js';

type Lot = readonly (readonly [Reference, UnitVector])[];

/** Adds references to an index, or makes it; each lot is one transaction. */
export async function writeIndex(folder: string, options: WriterOptions, lots: Iterable<Lot> | AsyncIterable<Lot>) {
  const writer = await openWriter(folder, options);
  for await (const lot of lots) {
    writer.transaction((tx) => {
      for (const [reference, vector] of lot) tx.put(reference, vector);
    });
  }
  await writer.checkpoint();
  await writer.close();
}
