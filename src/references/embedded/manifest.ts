import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fault } from '../../domain/errors.js';
import { removeDraft, replaceFile } from '../../store/atomic-write.js';
import { SELF_SIMILARITY_RULE } from '../self-similarity.js';
import { generationOf, type IndexIdentity } from './index-folder.js';
import { savedGraphSchema } from './saved-graph.js';

const VERSION = 1;

const graphSchema = savedGraphSchema.extend({
  file: z.string(),
  generation: z.int(),
  /** Breadth of a search unless a query asks for another. */
  ef: z.int(),
  model_id: z.string(),
  /** Number and time of the last change in the graph: together they tell this history from another. */
  last_change: z.int(),
  last_change_at_ms: z.number(),
});

/**
 * What was measured, by which rule, and over how many references. Older versions kept another measure under the name
 * `self_similarity`, which is neither read nor written now.
 */
const similaritySchema = z.object({
  rule: z.literal(SELF_SIMILARITY_RULE),
  references: z.int(),
  measured: z
    .object({
      q05: z.number(),
      q25: z.number(),
      count: z.int(),
      quantiles: z.array(z.tuple([z.number(), z.number()]).readonly()).readonly(),
    })
    .nullable(),
});
export type KeptSimilarity = Readonly<z.infer<typeof similaritySchema>>;

/** `manifest.json` describes the graph beside the store. It is renamed into place last. */
const manifestSchema = z.object({
  format: z.literal('streetdex-index'),
  version: z.int(),
  store_id: z.string(),
  model_id: z.string(),
  model_name: z.string(),
  dimension: z.int(),
  generation: z.int(),
  graph: graphSchema.nullable(),
  /** A `KeptSimilarity`, where this version's rule measured it. */
  own_nearest: z.unknown().optional(),
  written_at: z.string(),
});
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;
const headSchema = z.object({ format: z.literal('streetdex-index'), version: z.int() });

export function manifestFile(folder: string): string {
  return join(folder, 'manifest.json');
}

/**
 * Reads the manifest; null when it is missing, damaged, or another store's: then the graph is built anew.
 * @throws `format_newer`
 */
export function readManifest(folder: string, identity: IndexIdentity): Manifest | null {
  const value = parse(folder);
  const head = headSchema.safeParse(value);
  if (!head.success) return null;
  if (head.data.version > VERSION) {
    throw fault(
      'format_newer',
      `${manifestFile(folder)} has format ${head.data.version}; this streetdex knows formats up to ${VERSION}. Install a newer streetdex.`,
    );
  }
  const { data: manifest } = manifestSchema.safeParse(value);
  const fits =
    manifest?.store_id === identity.storeId &&
    manifest.model_id === identity.modelId &&
    manifest.dimension === identity.dimension;
  return fits ? manifest : null;
}

export function writeManifest(
  folder: string,
  identity: IndexIdentity,
  parts: Pick<Manifest, 'generation' | 'graph'> & { readonly own_nearest: KeptSimilarity },
): Manifest {
  const manifest: Manifest = {
    format: 'streetdex-index',
    version: VERSION,
    store_id: identity.storeId,
    model_id: identity.modelId,
    model_name: identity.modelName,
    dimension: identity.dimension,
    ...parts,
    written_at: new Date().toISOString(),
  };
  replaceFile(manifestFile(folder), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** The self-similarity that the manifest holds, where it was measured by this version's rule. */
export function keptSimilarity(manifest: Manifest | null): KeptSimilarity | null {
  return similaritySchema.safeParse(manifest?.own_nearest).data ?? null;
}

/** A generation that no graph file of the folder has. */
export function nextGeneration(folder: string, manifest: Manifest | null): number {
  const files = readdirSync(folder).map((name) => generationOf(name) ?? 0);
  return Math.max(manifest?.generation ?? 0, ...files) + 1;
}

/** Removes the graphs that the manifest does not name, and drafts. A reader that has one open keeps it in memory. */
export function removeOldGraphs(folder: string, keep: string | null): void {
  for (const name of readdirSync(folder)) {
    if (name === keep) continue;
    if (generationOf(name) !== null || /^(images-\d+\.hnsw|manifest\.json)\.tmp-\d+$/.test(name))
      removeDraft(join(folder, name));
  }
}

function parse(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(manifestFile(folder), 'utf8'));
  } catch {
    return null;
  }
}
