import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../../domain/errors.js';
import { replaceFile } from '../../store/atomic-write.js';
import { SELF_SIMILARITY_RULE } from '../self-similarity.js';
import type { SelfSimilarity } from '../summaries.js';
import type { SavedGraph } from './hnsw-graph.js';
import { generationOf, type IndexIdentity } from './index-folder.js';

const VERSION = 1;

interface GraphRecord extends SavedGraph {
  readonly file: string;
  readonly generation: number;
  /** Breadth of a search unless a query asks for another. */
  readonly ef: number;
  readonly model_id: string;
  /** Number and time of the last change in the graph: together they tell this history from another. */
  readonly last_change: number;
  readonly last_change_at_ms: number;
}

/**
 * What was measured, by which rule, and over how many references. Older versions kept another measure under the name
 * `self_similarity`, which is neither read nor written now.
 */
export interface KeptSimilarity {
  readonly rule: number;
  readonly references: number;
  readonly measured: SelfSimilarity | null;
}

/** `manifest.json` describes the graph beside the store. It is renamed into place last. */
export interface Manifest {
  readonly format: 'streetdex-index';
  readonly version: number;
  readonly store_id: string;
  readonly model_id: string;
  readonly model_name: string;
  readonly dimension: number;
  readonly generation: number;
  readonly graph: GraphRecord | null;
  readonly own_nearest?: KeptSimilarity;
  readonly written_at: string;
}

export function manifestFile(folder: string): string {
  return join(folder, 'manifest.json');
}

/**
 * Reads the manifest; null when it is missing, damaged, or another store's: then the graph is built anew.
 * @throws `format_newer`
 */
export function readManifest(folder: string, identity: IndexIdentity): Manifest | null {
  const manifest = parse(folder);
  if (manifest === null || manifest.format !== 'streetdex-index') return null;
  if (manifest.version > VERSION) {
    throw fault(
      'format_newer',
      `${manifestFile(folder)} has format ${manifest.version}; this streetdex knows formats up to ${VERSION}. Install a newer streetdex.`,
    );
  }
  const fits =
    manifest.store_id === identity.storeId &&
    manifest.model_id === identity.modelId &&
    manifest.dimension === identity.dimension &&
    Number.isInteger(manifest.generation);
  return fits ? manifest : null;
}

export function writeManifest(
  folder: string,
  identity: IndexIdentity,
  parts: Pick<Manifest, 'generation' | 'graph' | 'own_nearest'>,
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
  return kept?.rule === SELF_SIMILARITY_RULE ? kept : null;
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
      rmSync(join(folder, name), { force: true });
  }
}

function parse(folder: string): Manifest | null {
  try {
    const value: unknown = JSON.parse(readFileSync(manifestFile(folder), 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Manifest) : null;
  } catch {
    return null;
  }
}
