import { createHash, randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { ClusterClient } from './cluster-client.js';
import { summaryUuid } from './cluster-objects.js';
import { summariesOf } from './cluster-schema.js';
import { type CountedCell, CoverageTree } from './coverage-tree.js';
import { ObjectsWriter } from './objects-writer.js';
import { dataOf } from './rest-answers.js';
import type { Summarised } from './summarise-rows.js';

const FORMAT = 1;
/** Cells or ids in one object: some hundred kilobytes. */
const CELLS = 5000;
const IDS = 20_000;
const HEAD = summaryUuid('head');
const TRIES = 3;

/** The record of a stored summary. */
export interface Stored {
  readonly id: string;
  readonly madeAtMs: number;
  /** Number of references at that time. */
  readonly references: number;
}

const headSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  madeAtMs: z.number(),
  references: z.int(),
  pieces: z.array(z.object({ uuid: z.string(), sha256: z.string() })),
});
type Head = z.infer<typeof headSchema>;

const cellSchema = z.tuple([
  z.string(),
  z.int(),
  z.int(),
  z.string(),
  z.boolean(),
  z.int(),
  z.tuple([z.number(), z.number(), z.number()]),
  z.tuple([z.string(), z.number(), z.number()]).nullable(),
]);
const pieceSchema = z.object({
  roots: z.array(z.string()).optional(),
  selfSimilarity: z
    .object({ q05: z.number(), q25: z.number(), count: z.int(), quantiles: z.array(z.tuple([z.number(), z.number()])) })
    .nullable()
    .optional(),
  version: z.string().optional(),
  means: z.array(z.object({ iso2: z.string(), groups: z.int(), mean: z.string() })).optional(),
  cells: z.array(cellSchema).optional(),
  founders: z.array(z.string()).optional(),
});
type Piece = z.infer<typeof pieceSchema>;

/**
 * Summaries in the cluster, each in pieces. The head, which names all pieces, is written last: a reader gets the former summary
 * or the new one, never a mixture.
 */
export class SummaryStore {
  readonly #client: ClusterClient;
  readonly #writer: ObjectsWriter;
  readonly #collection: string;

  constructor(client: ClusterClient) {
    this.#client = client;
    this.#writer = new ObjectsWriter(client);
    this.#collection = summariesOf(client.address.name);
  }

  /** The record of the newest summary; null where there is none, or no collection for them yet. */
  async newest(): Promise<Stored | null> {
    return this.#head();
  }

  /** The newest summary with all its pieces. */
  async read(): Promise<(Stored & Omit<Summarised, 'cells'> & { readonly tree: CoverageTree }) | null> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const head = await this.#head();
      if (head === null) return null;
      const pieces = await this.#pieces(head);
      // null pieces: another process made a newer one and deleted these.
      if (pieces !== null) return { ...head, ...whole(pieces) };
    }
    return null;
  }

  async write(made: Summarised, { references, madeAtMs }: Omit<Stored, 'id'>): Promise<Stored> {
    const before = await this.#head();
    const id = randomUUID();
    const pieces: { uuid: string; sha256: string }[] = [];
    for (const piece of cut(made)) {
      const data = gzipSync(JSON.stringify(piece)).toString('base64');
      const uuid = summaryUuid(id, String(pieces.length));
      await this.#put(uuid, { kind: 'piece', snapshot: id, data, atMs: madeAtMs });
      pieces.push({ uuid, sha256: hashOf(data) });
    }
    const head: Head = { format: FORMAT, id, madeAtMs, references, pieces };
    await this.#put(HEAD, { kind: 'head', snapshot: id, data: JSON.stringify(head), atMs: madeAtMs });
    for (const { uuid } of before?.pieces ?? []) await this.#delete(uuid);
    return head;
  }

  async #head(): Promise<Head | null> {
    const data = await dataOf(this.#client, this.#collection, HEAD);
    if (data === null) return null;
    const head = headSchema.safeParse(JSON.parse(data));
    // A head of a newer version counts as none.
    return head.success ? head.data : null;
  }

  async #pieces(head: Head): Promise<readonly Piece[] | null> {
    const pieces: Piece[] = [];
    for (const { uuid, sha256 } of head.pieces) {
      const data = await dataOf(this.#client, this.#collection, uuid);
      if (data === null || hashOf(data) !== sha256) return null;
      const text = gunzipSync(Buffer.from(data, 'base64')).toString();
      pieces.push(pieceSchema.parse(JSON.parse(text)));
    }
    return pieces;
  }

  #put(uuid: string, properties: object): Promise<void> {
    return this.#writer.insert(this.#collection, [{ id: uuid, properties }]);
  }

  #delete(uuid: string): Promise<void> {
    return this.#writer.delete(this.#collection, [uuid]);
  }
}

function* cut({ summary, roots, cells, founders }: Summarised): Generator<Piece> {
  const { version, selfSimilarity, countryMeans } = summary;
  yield {
    roots: [...roots],
    version,
    selfSimilarity: selfSimilarity && {
      ...selfSimilarity,
      quantiles: selfSimilarity.quantiles.map(([share, cosine]): [number, number] => [share, cosine]),
    },
    means: countryMeans.map(({ iso2, groups, mean }) => ({
      ...{ iso2, groups },
      mean: Buffer.from(mean.buffer, mean.byteOffset, mean.byteLength).toString('base64'),
    })),
  };
  for (let at = 0; at < cells.length; at += CELLS) yield { cells: cells.slice(at, at + CELLS).map(toTuple) };
  for (let at = 0; at < founders.length; at += IDS) yield { founders: founders.slice(at, at + IDS) };
}

function whole(pieces: readonly Piece[]): Omit<Summarised, 'cells'> & { readonly tree: CoverageTree } {
  const [first = {}] = pieces;
  const { roots = [], version = '', selfSimilarity = null, means = [] } = first;
  const countryMeans = means.map(({ iso2, groups, mean }) => ({
    ...{ iso2, groups },
    mean: new Float32Array(Uint8Array.from(Buffer.from(mean, 'base64')).buffer),
  }));
  const cells = pieces.flatMap((piece) => (piece.cells ?? []).map(fromTuple));
  return {
    summary: { version, countryMeans, selfSimilarity },
    roots,
    tree: new CoverageTree(cells, roots),
    founders: pieces.flatMap((piece) => piece.founders ?? []),
  };
}

function toTuple({
  cell,
  root,
  year,
  country,
  inSequence,
  count,
  sum,
  alone,
}: CountedCell): z.infer<typeof cellSchema> {
  const rounded = (one: number) => Math.round(one * 1e9) / 1e9;
  const [x, y, z] = sum;
  return [
    cell,
    root,
    year,
    country,
    inSequence,
    count,
    [rounded(x), rounded(y), rounded(z)],
    alone && [alone.id, alone.lat, alone.lon],
  ];
}

function fromTuple([cell, root, year, country, inSequence, count, sum, alone]: z.infer<
  typeof cellSchema
>): CountedCell {
  return {
    ...{ cell, root, year, country, inSequence, count, sum },
    alone: alone && { id: alone[0], lat: alone[1], lon: alone[2] },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
