import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../../domain/errors.js';
import { removeDraft, replaceFile } from '../../store/atomic-write.js';
import { SELF_SIMILARITY_RULE } from '../self-similarity.js';
import type { SelfSimilarity } from '../summaries.js';
import { generationOf, type IndexIdentity } from './index-folder.js';
import { SAVED_GRAPH, type SavedGraph } from './saved-graph.js';
import { hasShape, is, isAnything, isNumber, isOrNull, isText, isWhole, type Shape } from './shape.js';

const VERSION = 1;

interface ManifestGraph extends SavedGraph {
  readonly file: string;
  readonly generation: number;
  /** Breadth of a search unless a query asks for another. */
  readonly ef: number;
  readonly model_id: string;
  /** Number and time of the last change in the graph: together they tell this history from another. */
  readonly last_change: number;
  readonly last_change_at_ms: number;
}

const GRAPH: Shape<ManifestGraph> = {
  ...SAVED_GRAPH,
  file: isText,
  generation: isWhole,
  ef: isWhole,
  model_id: isText,
  last_change: isWhole,
  last_change_at_ms: isNumber,
};

/**
 * What was measured, by which rule, and over how many references. Older versions kept another measure under the name
 * `self_similarity`, which is neither read nor written now.
 */
export interface KeptSimilarity {
  readonly rule: typeof SELF_SIMILARITY_RULE;
  readonly references: number;
  readonly measured: SelfSimilarity | null;
}

const MEASURED: Shape<SelfSimilarity> = {
  q05: isNumber,
  q25: isNumber,
  count: isWhole,
  quantiles: (value): value is SelfSimilarity['quantiles'] =>
    Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isNumber)),
};

const SIMILARITY: Shape<KeptSimilarity> = {
  rule: is(SELF_SIMILARITY_RULE),
  references: isWhole,
  measured: isOrNull(MEASURED),
};

interface Head {
  readonly format: 'streetdex-index';
  readonly version: number;
}
const HEAD: Shape<Head> = { format: is('streetdex-index'), version: isWhole };

/** `manifest.json` describes the graph beside the store. It is renamed into place last. */
export interface Manifest extends Head {
  readonly store_id: string;
  readonly model_id: string;
  readonly model_name: string;
  readonly dimension: number;
  readonly generation: number;
  readonly graph: ManifestGraph | null;
  /** A `KeptSimilarity`, where this version's rule measured it. */
  readonly own_nearest?: unknown;
  readonly written_at: string;
}

const MANIFEST: Shape<Manifest> = {
  ...HEAD,
  store_id: isText,
  model_id: isText,
  model_name: isText,
  dimension: isWhole,
  generation: isWhole,
  graph: isOrNull(GRAPH),
  own_nearest: isAnything,
  written_at: isText,
};

export function manifestFile(folder: string): string {
  return join(folder, 'manifest.json');
}

/**
 * Reads the manifest; null when it is missing, damaged, or another store's: then the graph is built anew.
 * @throws `format_newer`
 */
export function readManifest(folder: string, identity: IndexIdentity): Manifest | null {
  const value = parse(folder);
  if (!hasShape(value, HEAD)) return null;
  if (value.version > VERSION) {
    throw fault(
      'format_newer',
      `${manifestFile(folder)} has format ${value.version}; this streetdex knows formats up to ${VERSION}. Install a newer streetdex.`,
    );
  }
  const fits =
    hasShape(value, MANIFEST) &&
    value.store_id === identity.storeId &&
    value.model_id === identity.modelId &&
    value.dimension === identity.dimension;
  return fits ? value : null;
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
  const kept = manifest?.own_nearest;
  return hasShape(kept, SIMILARITY) ? kept : null;
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
