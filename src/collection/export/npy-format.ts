import type { ExportShape, FormatWriter } from './export-format.js';

/** Of the whole beginning: magic, version, length and header, a multiple of 64. */
const BEGINNING_BYTES = 128;

/** NumPy's format, version 1.0: a matrix of float32, a row for each reference. */
export function npyFormat({ dimension }: ExportShape): FormatWriter {
  let rows = 0;
  const beginning = () => {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimension}), }`;
    const bytes = Buffer.from(`\x93NUMPY\x01\x00..${header.padEnd(BEGINNING_BYTES - 11)}\n`, 'latin1');
    bytes.writeUInt16LE(BEGINNING_BYTES - 10, 8);
    return bytes;
  };
  return {
    begin: beginning,
    page: ({ vectors }) => {
      rows += vectors?.length ?? 0;
      return Buffer.concat(
        (vectors ?? []).map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
      );
    },
    end: () => '',
    beginningAtEnd: beginning,
  };
}
