import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { Caption, CaptionTemplates } from '../../domain/caption.js';
import { fault, hasCode } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { replaceFile } from '../../store/atomic-write.js';
import { makeFolder } from '../../store/make-folder.js';
import { openDatabase } from '../../store/open-database.js';
import { storeError } from '../../store/store-error.js';
import { acquireWriterLock } from '../../store/writer-lock.js';
import type { CaptionSet } from '../caption-set.js';
import { EmbeddedCaptionSet } from './embedded-caption-set.js';
import { HnswGraph } from './hnsw-graph.js';
import { GRAPH_EF_CONSTRUCTION, GRAPH_M } from './load-graph.js';
import { SAVED_GRAPH, type SavedGraph } from './saved-graph.js';
import { hasShape, isText } from './shape.js';
import { vectorFromBytes, vectorToBytes } from './stored-vector.js';

export interface CaptionSetOptions {
  readonly modelId: string;
  readonly gazetteerHash: string;
  readonly templates: CaptionTemplates;
  /** Every caption of the gazetteer; called only where the set has to be made. */
  readonly captions: () => readonly Caption[];
  /**
   * Vectors in the order of `texts`. Captions that begin alike come together, since an encoder may compute what they share once
   * a batch.
   */
  readonly embed: (texts: readonly string[]) => Promise<readonly UnitVector[]>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Once aborted, making the set stops after the captions in hand; what is done is kept. */
  readonly signal?: AbortSignal;
}

const headSchema = z.object({ format: z.literal('streetdex-captions'), version: z.int() });
const manifestSchema = headSchema.extend({
  model_id: z.string(),
  gazetteer_hash: z.string(),
  templates_hash: z.string(),
  dimension: z.int(),
  size: z.int(),
  graph: z.custom<SavedGraph & { readonly file: string }>((value) => hasShape(value, { ...SAVED_GRAPH, file: isText })),
  written_at: z.string(),
});
type CaptionManifest = Readonly<z.infer<typeof manifestSchema>>;

const COMMIT_EVERY = 64;
/** Batches that are with the encoder ahead of the one being stored: it never waits for a commit. */
const LOOK_AHEAD = 2;
const GRAPH_FILE = 'captions.hnsw';

/** A caption set's folder below the data folder: one for each model, gazetteer and set of templates. */
export function captionSetFolder(
  dataDir: string,
  model: { readonly id: string; readonly templates: CaptionTemplates },
  gazetteerHash: string,
): string {
  const key = createHash('sha256')
    .update(`${model.id}\n${gazetteerHash}\n${templatesHash(model.templates)}`)
    .digest('hex');
  return join(dataDir, 'captions', key.slice(0, 24));
}

/**
 * Opens a caption set, or makes it: every caption is embedded once, and committed 64 at a time, so that a process that was
 * killed leaves work that the next goes on with.
 * @throws `caption_set_mismatch` where the folder holds the captions of another model, gazetteer or templates, `interrupted`
 * when `signal` stopped it, `index_busy` (later) while another process makes it.
 */
export async function openCaptionSet(folder: string, options: CaptionSetOptions): Promise<CaptionSet> {
  makeFolder(folder);
  return openFinished(folder, options) ?? makeCaptionSet(folder, options);
}

async function makeCaptionSet(folder: string, options: CaptionSetOptions): Promise<CaptionSet> {
  const lock = await waitForLock(folder, options.signal);
  try {
    // Another process may have made it while this one waited.
    const finished = openFinished(folder, options);
    if (finished !== null) return finished;
    const db = openDatabase(join(folder, 'captions.sqlite'), { migrations: 'captions', create: true });
    try {
      claim(db, folder, options);
      await embedMissing(db, options);
      finish(db, folder, options);
    } catch (error) {
      throw storeError(error, db.name);
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
  const made = openFinished(folder, options);
  if (made === null)
    throw fault('caption_set_damaged', `The captions in ${folder} changed while they were being made.`);
  return made;
}

/** The set if its manifest fits and all its rows are there, else null. Rows and graph are read on first use. */
function openFinished(folder: string, options: CaptionSetOptions): CaptionSet | null {
  const manifest = readCaptionManifest(folder);
  if (manifest === null) return null;
  checkFits(folder, options, manifest);
  const db = openDatabase(join(folder, 'captions.sqlite'), { migrations: 'captions', readonly: true });
  try {
    const ids = db.prepare('SELECT id FROM captions ORDER BY label').pluck().all() as string[];
    const last = db.prepare('SELECT max(label) FROM captions').pluck().get();
    if (ids.length === manifest.size && last === ids.length - 1) {
      return new EmbeddedCaptionSet(db, ids, manifest.dimension, join(folder, manifest.graph.file), manifest.graph);
    }
  } catch (error) {
    db.close();
    throw storeError(error, db.name);
  }
  db.close();
  return null;
}

/** Records the model, gazetteer and templates before the first caption is stored. */
function claim(db: Database, folder: string, options: CaptionSetOptions): void {
  const known = new Map(
    (db.prepare('SELECT key, value FROM meta').all() as { key: string; value: string }[]).map((row) => [
      row.key,
      row.value,
    ]),
  );
  const wanted = identityOf(options);
  if (known.size > 0) {
    checkFits(folder, options, {
      model_id: known.get('model_id') ?? '',
      gazetteer_hash: known.get('gazetteer_hash') ?? '',
      templates_hash: known.get('templates_hash') ?? '',
    });
    return;
  }
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  db.transaction(() => {
    for (const [key, value] of Object.entries(wanted)) put.run(key, value);
  })();
}

async function embedMissing(db: Database, options: CaptionSetOptions): Promise<void> {
  const captions = inOrder(options.captions());
  const done = new Set(db.prepare('SELECT label FROM captions').pluck().all() as number[]);
  const put = db.prepare('INSERT INTO captions (label, id, level, text, vector) VALUES (?, ?, ?, ?, ?)');
  const commit = db.transaction((rows: readonly (readonly [number, Caption, UnitVector])[]) => {
    for (const [label, { id, level, text }, vector] of rows) put.run(label, id, level, text, vectorToBytes(vector));
  });
  const missing = captions
    .flatMap((caption, label) => (done.has(label) ? [] : [{ caption, label }]))
    .sort((a, b) => byText(a.caption, b.caption) || a.label - b.label);
  const ahead: Promise<readonly UnitVector[]>[] = [];
  const ask = (from: number) => {
    const next = missing.slice(from, from + COMMIT_EVERY);
    if (next.length === 0) return;
    const embedding = options.embed(next.map(({ caption }) => caption.text));
    // It is awaited in its turn; until then a rejection must not count as unhandled.
    embedding.catch(() => undefined);
    ahead.push(embedding);
  };
  for (let i = 0; i < LOOK_AHEAD; i++) ask(i * COMMIT_EVERY);
  for (let from = 0; from < missing.length; from += COMMIT_EVERY) {
    const embedding = ahead.shift();
    if (embedding === undefined) throw interrupted(from);
    const vectors = await embedding;
    if (options.signal?.aborted !== true) ask(from + LOOK_AHEAD * COMMIT_EVERY);
    commit(
      missing
        .slice(from, from + COMMIT_EVERY)
        .map(({ caption, label }, i) => [label, caption, present(vectors[i])] as const),
    );
    options.onProgress?.(
      captions.length - missing.length + Math.min(missing.length, from + COMMIT_EVERY),
      captions.length,
    );
  }
}

function byText(a: Caption, b: Caption): number {
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/** Builds the graph and writes the manifest, which makes the set a finished one. */
function finish(db: Database, folder: string, options: CaptionSetOptions): void {
  const rows = db.prepare('SELECT label, vector FROM captions ORDER BY label').all() as {
    label: number;
    vector: Buffer;
  }[];
  const first = rows[0];
  if (first === undefined) throw fault('no_captions', 'Expected a gazetteer with places, got one without captions.');
  const dimension = first.vector.length / 4;
  const graph = HnswGraph.create({ dimension, m: GRAPH_M, efConstruction: GRAPH_EF_CONSTRUCTION }, rows.length);
  for (const { label, vector } of rows) graph.add(label, vectorFromBytes(vector, dimension));
  for (const name of readdirSync(folder)) if (name.includes('.tmp-')) rmSync(join(folder, name), { force: true });
  const saved = graph.save(join(folder, GRAPH_FILE));
  graph.release();
  const manifest: CaptionManifest = {
    format: 'streetdex-captions',
    version: 1,
    ...identityOf(options),
    dimension,
    size: rows.length,
    graph: { file: GRAPH_FILE, ...saved },
    written_at: new Date().toISOString(),
  };
  replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function waitForLock(folder: string, signal: AbortSignal | undefined) {
  for (;;) {
    try {
      return acquireWriterLock(folder);
    } catch (error) {
      // Only another process's work comes to an end by itself.
      if (signal?.aborted !== false || !hasCode(error, 'index_busy')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function identityOf(options: CaptionSetOptions) {
  return {
    model_id: options.modelId,
    gazetteer_hash: options.gazetteerHash,
    templates_hash: templatesHash(options.templates),
  };
}

function checkFits(
  folder: string,
  options: CaptionSetOptions,
  found: Pick<CaptionManifest, 'model_id' | 'gazetteer_hash' | 'templates_hash'>,
): void {
  const wantedParts = identityOf(options);
  for (const key of ['model_id', 'gazetteer_hash', 'templates_hash'] as const) {
    const [there, wanted] = [found[key], wantedParts[key]];
    if (there === wanted) continue;
    throw fault(
      'caption_set_mismatch',
      `The captions in ${folder} were made with another ${key.split('_')[0]} (${there.slice(0, 12)}…, not ${wanted.slice(0, 12)}…). Use another folder, or delete this one to have them made anew.`,
    );
  }
}

function templatesHash({ country, region, city }: CaptionTemplates): string {
  return createHash('sha256')
    .update(JSON.stringify([country, region, city]))
    .digest('hex');
}

/** Labels are positions in this order; ids are unique. */
function inOrder(captions: readonly Caption[]): readonly Caption[] {
  return [...captions].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** null where it is missing or damaged: the set is then made again from its rows. @throws `format_newer` */
function readCaptionManifest(folder: string): CaptionManifest | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  } catch {
    return null;
  }
  if ((headSchema.safeParse(value).data?.version ?? 0) > 1) {
    throw fault('format_newer', `${folder} has a newer format than this streetdex knows. Install a newer streetdex.`);
  }
  return manifestSchema.safeParse(value).data ?? null;
}

function interrupted(done: number) {
  return fault(
    'interrupted',
    `Embedding the captions was stopped; the ${done} of this run are kept. Run the same command again to go on.`,
  );
}
