import { csvRow } from '../../domain/csv-row.js';
import { toNumbers } from '../../domain/unit-vector.js';
import type { ExportPage, ExportShape, FormatWriter } from './export-format.js';

const VECTOR = 'vector';

/** RFC 4180; a vector is one field, its numbers apart by spaces. */
export function csvFormat({ columns, withVectors }: ExportShape): FormatWriter {
  const head = [...columns.map(({ name }) => name), ...(withVectors ? [VECTOR] : [])];
  const lines = (rows: readonly (readonly (string | number | null)[])[]) =>
    rows.map((row) => `${csvRow(row)}\n`).join('');
  return {
    begin: () => lines([head]),
    page: ({ references, vectors }: ExportPage) =>
      lines(
        references.map((reference, i) => [
          ...columns.map((column) => column.valueOf(reference)),
          ...(vectors?.[i] === undefined ? [] : [toNumbers(vectors[i]).join(' ')]),
        ]),
      ),
    end: () => '',
  };
}

/** A FeatureCollection of points, a line for each. */
export function geojsonFormat({ columns }: ExportShape): FormatWriter {
  const facts = columns.filter(({ name }) => name !== 'lat' && name !== 'lon');
  let any = false;
  const feature = ({ references, vectors }: ExportPage, i: number): string => {
    const reference = references[i];
    if (reference === undefined) return '';
    const properties = Object.fromEntries(facts.map((column) => [column.name, column.valueOf(reference)]));
    const { lat, lon } = reference.point;
    const vector = vectors?.[i];
    const line = JSON.stringify({
      ...{ type: 'Feature', id: reference.id, geometry: { type: 'Point', coordinates: [lon, lat] } },
      properties: { ...properties, ...(vector === undefined ? {} : { [VECTOR]: toNumbers(vector) }) },
    });
    const before = any ? ',\n' : '\n';
    any = true;
    return before + line;
  };
  return {
    begin: () => '{"type": "FeatureCollection", "features": [',
    page: (page) => page.references.map((_, i) => feature(page, i)).join(''),
    end: () => '\n]}\n',
  };
}
