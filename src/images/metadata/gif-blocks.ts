import { addBlock, type MetadataBlocks, noBlocks, textAt } from './metadata-blocks.js';

const XMP_APPLICATION = 'XMP DataXMP';
// Behind the packet stand the bytes 1, 255, 254 … 0, which lead readers that know no XMP to the end of the block.

/** XMP of a GIF's application extension (XMP specification part 3, 1.1.2), which is not split into sub-blocks. */
export function gifBlocks(bytes: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = file.indexOf(`\x21\xff\x0b${XMP_APPLICATION}`, 0, 'latin1');
  if (at === -1) return blocks;
  const start = at + 3 + XMP_APPLICATION.length;
  const end = file.indexOf(Buffer.from([1, 255, 254, 253]), start);
  const size = file[start] ?? 0;
  // Some writers split it nevertheless: then the first byte is a length, and no packet starts with one.
  if (textAt(bytes, start, 1) === '<' || end !== -1)
    addBlock(blocks.xmp, file.subarray(start, end === -1 ? undefined : end));
  else if (size > 0) addBlock(blocks.xmp, subBlocks(file, start));
  return blocks;
}

function subBlocks(file: Buffer, start: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = start, size = file[at] ?? 0; size > 0; at += 1 + size, size = file[at] ?? 0) {
    pieces.push(file.subarray(at + 1, at + 1 + size));
  }
  return Buffer.concat(pieces);
}
