import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { ColumnValue, ExportColumn } from './columns.js';
import type { ExportPage, ExportShape, FormatWriter } from './export-format.js';

const GEOMETRY = 'geometry';
const VECTOR = 'vector';
/** Rows that are held together: what readers can skip as one. */
const ROW_GROUP = 20_000;
const WKB_POINT = 1;

/** GeoParquet 1.1: points as WKB, longitude first, on WGS 84, which is what a file that names no system means. */
export function parquetFormat({ columns, withVectors }: ExportShape): FormatWriter {
  const writer = new ByteWriter();
  const geo = { key: 'geo', value: '' };
  const parquet = new ParquetWriter({
    ...{ writer, kvMetadata: [geo], createdBy: 'streetdex' },
    schema: schemaOf(columns, withVectors),
  });
  const box = { west: 180, south: 90, east: -180, north: -90 };
  let held: ExportPage[] = [];
  const taken = () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  const write = () => {
    const references = held.flatMap((page) => page.references);
    const vectors = held.flatMap((page) => page.vectors ?? []);
    held = [];
    if (references.length === 0) return;
    const written = parquet.write({
      columnData: [
        ...columns.map((column) => ({
          name: column.name,
          data: references.map((one) => valueIn(column, column.valueOf(one))),
        })),
        { name: GEOMETRY, data: references.map(({ point }) => wkbPoint(point.lon, point.lat)), statistics: false },
        ...(withVectors
          ? [{ name: VECTOR, data: vectors.map((vector) => Array.from(vector)), statistics: false }]
          : []),
      ],
      rowGroupSize: ROW_GROUP,
    });
    if (written !== undefined) throw new Error('Expected the rows to be written at once.');
  };
  return {
    begin: taken,
    page: (page) => {
      for (const { point } of page.references) {
        box.west = Math.min(box.west, point.lon);
        box.east = Math.max(box.east, point.lon);
        box.south = Math.min(box.south, point.lat);
        box.north = Math.max(box.north, point.lat);
      }
      held.push(page);
      if (held.reduce((sum, { references }) => sum + references.length, 0) >= ROW_GROUP) write();
      return taken();
    },
    end: () => {
      write();
      const { west, south, east, north } = box;
      geo.value = JSON.stringify({
        ...{ version: '1.1.0', primary_column: GEOMETRY },
        columns: {
          [GEOMETRY]: {
            ...{ encoding: 'WKB', geometry_types: ['Point'] },
            ...(west <= east ? { bbox: [west, south, east, north] } : {}),
          },
        },
      });
      parquet.finish();
      return taken();
    },
  };
}

function schemaOf(columns: readonly ExportColumn[], withVectors: boolean): SchemaElement[] {
  const optional = 'OPTIONAL' as const;
  const required = 'REQUIRED' as const;
  return [
    { name: 'root', num_children: columns.length + (withVectors ? 2 : 1) },
    ...columns.map(({ name, kind }): SchemaElement => {
      if (kind === 'text') return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: optional };
      return { name, type: kind === 'whole' ? 'INT64' : 'DOUBLE', repetition_type: optional };
    }),
    { name: GEOMETRY, type: 'BYTE_ARRAY', repetition_type: required },
    ...(withVectors
      ? [
          { name: VECTOR, repetition_type: required, num_children: 1, converted_type: 'LIST' as const },
          { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
          { name: 'element', type: 'FLOAT' as const, repetition_type: required },
        ]
      : []),
  ];
}

function valueIn({ kind }: ExportColumn, value: ColumnValue): ColumnValue | bigint {
  return kind === 'whole' && typeof value === 'number' ? BigInt(value) : value;
}

function wkbPoint(x: number, y: number): Uint8Array {
  const bytes = Buffer.alloc(21);
  // Little-endian.
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(WKB_POINT, 1);
  bytes.writeDoubleLE(x, 5);
  bytes.writeDoubleLE(y, 13);
  return bytes;
}
