import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { packageRoot } from '../config/package-root.js';
import { PROTOCOL_RADII_KM } from '../locate/decide.js';
import type { Evaluation, PublishedRow } from './evaluation.js';

/** Sets by their manifests' names, the longer name first: IM2GPS3K is not IM2GPS. */
const BENCHMARKS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['IM2GPS3K', /img?2gps[-_ ]?3k/i],
  ['IM2GPS', /img?2gps/i],
  ['YFCC4K', /yfcc[-_ ]?4k/i],
  ['OSV-5M', /osv[-_ ]?5m/i],
];

let rows: readonly (PublishedRow & { readonly benchmark: string })[] | undefined;

/**
 * Published accuracies of a manifest's set, which is told by the manifest's name or that of a folder above it; null for others.
 * Figures and sources: migrations/evaluate/data/NOTES.md.
 */
export function publishedFor(manifest: string | null): Evaluation['published'] {
  const benchmark = manifest === null ? null : benchmarkOf(manifest);
  if (benchmark === null) return null;
  rows ??= readPublished();
  return {
    benchmark,
    rows: rows
      .filter((row) => row.benchmark === benchmark)
      .map(({ method, within_percent, source }) => ({ method, within_percent, source })),
  };
}

function benchmarkOf(manifest: string): string | null {
  const parts = manifest.split(/[\\/]/).slice(-3);
  for (const part of [basename(manifest), ...parts.toReversed()]) {
    const found = BENCHMARKS.find(([, pattern]) => pattern.test(part));
    if (found !== undefined) return found[0];
  }
  return null;
}

function readPublished(): readonly (PublishedRow & { readonly benchmark: string })[] {
  const file = join(packageRoot(), 'migrations', 'evaluate', 'data', 'published.csv');
  const records: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return records.map((record) => ({
    benchmark: record.benchmark ?? '',
    method: record.method ?? '',
    within_percent: Object.fromEntries(
      PROTOCOL_RADII_KM.map((radius) => {
        const text = record[`km_${radius}`] ?? '';
        return [String(radius), text === '' ? null : Number(text)];
      }),
    ),
    source: record.source ?? '',
  }));
}
