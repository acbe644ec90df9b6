import { open } from 'node:fs/promises';
import { imageFormat } from '../images/image-format.js';

const TYPES: Readonly<Record<string, string>> = {
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  GIF: 'image/gif',
  WebP: 'image/webp',
  AVIF: 'image/avif',
  TIFF: 'image/tiff',
  HEIC: 'image/heic',
};

/** Media type of a stored picture by its bytes; null for what is no picture that a browser may show (SVG can run code). */
export async function imageType(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(512);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return TYPES[imageFormat(head.subarray(0, bytesRead)).name] ?? null;
  } finally {
    await file.close();
  }
}
