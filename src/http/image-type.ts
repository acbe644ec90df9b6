import { formatOfFile } from '../images/format-of-file.js';

const TYPES: Readonly<Record<string, string>> = {
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  GIF: 'image/gif',
  WebP: 'image/webp',
  AVIF: 'image/avif',
  TIFF: 'image/tiff',
  HEIC: 'image/heic',
  HEIF: 'image/heif',
};

/** Media type of a stored picture by its bytes; null for what is no picture that a browser may show (SVG can run code). */
export async function imageType(path: string): Promise<string | null> {
  return TYPES[(await formatOfFile(path)).name] ?? null;
}
