import { csvRow } from '../../domain/csv-row.js';
import type { StoredReference } from '../../references/reader.js';

/**
 * A table of photos to be labelled: `label` is empty. @param sample number of the draw; null where they were chosen otherwise
 */
export function labelTable(references: readonly StoredReference[], sample: number | null): string {
  const head = ['id', 'file', 'lat', 'lon', ...(sample === null ? [] : ['sample']), 'label'];
  const rows = references.map(({ id, sources, point }) => [
    ...[id, sources[0]?.path ?? '', point.lat.toFixed(6), point.lon.toFixed(6)],
    ...(sample === null ? [] : [String(sample)]),
    '',
  ]);
  return `${[head, ...rows].map(csvRow).join('\n')}\n`;
}
