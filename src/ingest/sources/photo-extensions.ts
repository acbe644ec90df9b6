/**
 * Files that count as photos. HEIC is among them though its decoder may not be installed, and JPEG XL and BMP though nothing
 * here reads them: such photos fail with a reason instead of being passed over silently.
 */
const PHOTO_EXTENSIONS = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.avif',
  '.tif',
  '.tiff',
  '.gif',
  '.heic',
  '.heif',
  '.hif',
  '.jxl',
  '.bmp',
] as const;

const KNOWN = new Set<string>(PHOTO_EXTENSIONS);

/** The extension with its dot, in lower case; '' where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1 ? name.slice(dot).toLowerCase() : '';
}

export function isPhotoName(name: string): boolean {
  return KNOWN.has(extensionOf(name));
}

/** The name without its extension, where that is a photo's. */
export function stemOf(name: string): string {
  return isPhotoName(name) ? name.slice(0, name.lastIndexOf('.')) : name;
}
