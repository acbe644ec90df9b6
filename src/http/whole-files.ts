import type { Request } from 'express';
import type { StorageEngine } from 'multer';

/** The smallest file that is worth a buffer of its own from the start. */
const BUFFER_BYTES_MIN = 64 * 1024;

/**
 * Keeps the files of a form in memory, each in one buffer that grows with it: multer's own keeps the pieces and copies them
 * together at the end, so that each file is there twice.
 */
export function wholeFiles(bytesMax: number): StorageEngine {
  return {
    _handleFile: (request, file, done) => {
      let buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES_MIN);
      let size = 0;
      file.stream.on('data', (piece: Buffer) => {
        if (size + piece.length > buffer.length) {
          const larger = Buffer.allocUnsafeSlow(Math.max(size + piece.length, expectedBytes(request, bytesMax)));
          buffer.copy(larger, 0, 0, size);
          buffer = larger;
        }
        piece.copy(buffer, size);
        size += piece.length;
      });
      file.stream.on('error', done);
      file.stream.on('end', () => done(null, { buffer: buffer.subarray(0, size), size }));
    },
    _removeFile: (_request, _file, done) => done(null),
  };
}

/** What is said to come is believed up to the limit: it is memory of nobody before it is written to. */
function expectedBytes(request: Request, bytesMax: number): number {
  return Math.min(bytesMax, Number(request.get('content-length') ?? bytesMax));
}
