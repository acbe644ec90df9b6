import type { GeoPoint } from '../../src/domain/geo-point.js';
import type { UnitVector } from '../../src/domain/unit-vector.js';
import type { SelfSimilarity } from '../../src/references/summaries.js';
import { MemoryStore } from './memory-store.js';

export interface FakeReference {
  readonly id: string;
  readonly vector: UnitVector;
  readonly point: GeoPoint;
  readonly iso2?: string | null;
  readonly sequence?: string | null;
  readonly author?: string | null;
  readonly capturedAt?: string | null;
  readonly source?: string;
}

/** An index in memory that holds these references from the beginning; its vectors may be of any length. */
export class FakeReferences extends MemoryStore {
  constructor(dimension: number, references: readonly FakeReference[], similarity: SelfSimilarity | null = null) {
    super({ modelId: 'fake', modelName: 'fake', dimension }, similarity);
    this.replace(references);
  }

  replace(references: readonly FakeReference[]): void {
    this.tables = { references: new Map(), sources: new Map() };
    for (const [at, one] of references.entries()) {
      const { id, vector, point, iso2 = null, sequence = null, author = null, capturedAt = null } = one;
      const reference = {
        ...{ id, sha256: id.padEnd(64, '0'), point, width: 640, height: 480, bytes: 1000 },
        ...{ headingDeg: null, altitudeM: null, licence: null, attribution: null, url: null },
        ...{ iso2, sequence, author, capturedAt },
      };
      const source = {
        ...{ root: 'files', path: one.source ?? `${id}.jpg`, point, factsHash: '', origin: null },
        ...{ bytes: 1000, mtimeMs: 0, ctimeMs: null, inode: null },
      };
      this.tables.references.set(id, { reference, vector, at: at + 1 });
      this.tables.sources.set(`${source.root}\0${source.path}\0${id}`, { id, source });
    }
    this.writes++;
  }
}
