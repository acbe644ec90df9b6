/** A file's format by its first bytes. */
export interface ImageFormat {
  /** Name for messages: `JPEG`, `HEIC`, `a PDF document`. */
  readonly name: string;
  /** `heif`: depends on its contents; `image`: a picture that is not read here; `other`: not a picture. */
  readonly kind: 'decodable' | 'heif' | 'image' | 'other';
}

const decodable = (name: string): ImageFormat => ({ name, kind: 'decodable' });
const heif = (name: string): ImageFormat => ({ name, kind: 'heif' });
const image = (name: string): ImageFormat => ({ name, kind: 'image' });
const other = (name: string): ImageFormat => ({ name, kind: 'other' });

/** Signatures by offset and bytes (latin-1), the first that fits counts; from the formats' own specifications. */
const SIGNATURES: readonly (readonly [offset: number, bytes: string, format: ImageFormat])[] = [
  [0, '\xff\xd8\xff', decodable('JPEG')],
  [0, '\x89PNG\r\n\x1a\n', decodable('PNG')],
  [0, 'GIF87a', decodable('GIF')],
  [0, 'GIF89a', decodable('GIF')],
  [8, 'CR\x02\x00', image('Canon raw (CR2)')],
  [0, 'II*\0', decodable('TIFF')],
  [0, 'MM\0*', decodable('TIFF')],
  [0, 'II+\0', image('BigTIFF')],
  [0, 'MM\0+', image('BigTIFF')],
  [0, '8BPS', image('a Photoshop document')],
  [0, '\xff\x0a', image('JPEG XL')],
  [0, '\0\0\0\x0cJXL ', image('JPEG XL')],
  [0, '\0\0\0\x0cjP  ', image('JPEG 2000')],
  [0, '\xff\x4f\xff\x51', image('JPEG 2000')],
  [0, 'FUJIFILMCCD-RAW', image('Fujifilm raw')],
  [0, '\0\0\x01\0', image('a Windows icon')],
  [0, 'BM', image('BMP')],
  [0, '%PDF-', other('a PDF document')],
  [0, 'PK\x03\x04', other('a zip archive')],
  [0, '\x1f\x8b', other('a gzip archive')],
  [0, '\x7fELF', other('a program')],
  [0, 'SQLite format 3\0', other('an SQLite database')],
  [0, '\x1aE\xdf\xa3', other('a Matroska video')],
];

/** Brands of ISO base media files (`ftyp`), 12 bytes in. */
const BRANDS: Readonly<Record<string, ImageFormat>> = {
  avif: decodable('AVIF'),
  avis: decodable('AVIF'),
  heic: heif('HEIC'),
  heix: heif('HEIC'),
  hevc: heif('HEIC'),
  hevx: heif('HEIC'),
  heim: heif('HEIC'),
  heis: heif('HEIC'),
  mif1: heif('HEIF'),
  msf1: heif('HEIF'),
  mif3: image('HEIF in its short form (mini)'),
  'crx ': image('Canon raw (CR3)'),
  'jxl ': image('JPEG XL'),
};

/** The format by content; a file's name is never asked. */
export function imageFormat(bytes: Uint8Array): ImageFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  if (head.startsWith('RIFF')) {
    return head.slice(8, 12) === 'WEBP' ? decodable('WebP') : other('a RIFF file (sound or video)');
  }
  if (head.slice(4, 8) === 'ftyp') return brandedFormat(head);
  for (const [offset, signature, format] of SIGNATURES) {
    if (head.startsWith(signature, offset)) return format;
  }
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^(<\?xml[\s\S]*)?<svg[\s>]/i.test(text)) return image('SVG');
  if (/^<(!doctype )?html/i.test(text)) return other('a web page');
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) return other('text');
  return other('data of an unknown kind');
}

/** `mif1` is a family: the other brands of the file say more. */
function brandedFormat(head: string): ImageFormat {
  const size = Math.min(head.length, head.charCodeAt(2) * 256 + head.charCodeAt(3));
  const brands = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= size; at += 4) brands.push(head.slice(at, at + 4));
  const known = brands.map((brand) => BRANDS[brand]).filter((format) => format !== undefined);
  return (
    known.find((format) => format.kind === 'decodable') ??
    known.find((format) => format.name !== 'HEIF') ??
    known[0] ??
    other('a video')
  );
}
