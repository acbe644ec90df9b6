/**
 * Files that count as photos. HEIC is among them although its decoder may not be installed, JPEG XL and BMP although nothing
 * here reads them: such a photo is then a failure that says so, and not passed over in silence.
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

/** The name without its extension, where that is one of a photo. */
export function stemOf(name: string): string {
  return isPhotoName(name) ? name.slice(0, name.lastIndexOf('.')) : name;
}
