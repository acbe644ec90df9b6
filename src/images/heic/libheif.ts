/** The used part of libheif's C interface, compiled to WebAssembly; pointers are addresses in `HEAPU8`. */
export interface Libheif {
  /** A new object whenever the memory has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _heif_context_alloc(): number;
  _heif_context_free(context: number): void;
  _heif_context_set_maximum_image_size_limit(context: number, sidePixels: number): void;
  _heif_context_read_from_memory_without_copy(
    error: number,
    context: number,
    file: number,
    bytes: number,
    options: number,
  ): void;
  _heif_context_get_primary_image_handle(error: number, context: number, handle: number): void;
  _heif_image_handle_get_width(handle: number): number;
  _heif_image_handle_get_height(handle: number): number;
  _heif_image_handle_release(handle: number): void;
  _heif_decode_image(
    error: number,
    handle: number,
    image: number,
    colourSpace: number,
    chroma: number,
    options: number,
  ): void;
  _heif_image_get_width(image: number, channel: number): number;
  _heif_image_get_height(image: number, channel: number): number;
  _heif_image_get_plane_readonly2(image: number, channel: number, stride: number): number;
  _heif_image_release(image: number): void;
  _free(pointer: number): void;
}

const FUNCTIONS: readonly Exclude<keyof Libheif, 'HEAPU8'>[] = [
  '_malloc',
  '_heif_context_alloc',
  '_heif_context_free',
  '_heif_context_set_maximum_image_size_limit',
  '_heif_context_read_from_memory_without_copy',
  '_heif_context_get_primary_image_handle',
  '_heif_image_handle_get_width',
  '_heif_image_handle_get_height',
  '_heif_image_handle_release',
  '_heif_decode_image',
  '_heif_image_get_width',
  '_heif_image_get_height',
  '_heif_image_get_plane_readonly2',
  '_heif_image_release',
  '_free',
];

/** Whether a package has the functions of the supported version. */
export function isLibheif(found: unknown): found is Libheif {
  const module = (found ?? {}) as Record<string, unknown>;
  return module.HEAPU8 instanceof Uint8Array && FUNCTIONS.every((name) => typeof module[name] === 'function');
}
