import { type ImageFormat, imageFormat } from './image-format.js';
import { openPlainFile } from './plain-file.js';

/** The format of a file by its first bytes. @throws `not_a_file`, and errors of the file system */
export async function formatOfFile(path: string): Promise<ImageFormat> {
  const { handle: file } = await openPlainFile(path);
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return imageFormat(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
