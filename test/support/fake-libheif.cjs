// Stands for libheif-js: what it does with a file is said by the file's first byte.
//   0 a picture of 2 x 1 whose first level counts the pictures that this module has decoded
//   1 it aborts   2 it never ends   3 libheif's error: invalid input   4 it ends the thread   5 it needs 200 MB
//   6 libheif's error: the data end too early   7 the picture is 8000 x 8000   8 libheif's error: out of memory
let heap = new Uint8Array(2 ** 20);
let used = 4096;
let kind = 0;
let decoded = 0;

const put = (at, value) => new DataView(heap.buffer).setUint32(at, value, true);
const error = (at, code, subcode) => {
  put(at, code);
  put(at + 4, subcode);
  put(at + 8, 16);
};
heap.set(Buffer.from('Made up.\0'), 16);

const image = 2048;
const nothing = () => undefined;

module.exports = {
  get HEAPU8() {
    return heap;
  },
  _malloc(bytes) {
    used += bytes;
    return used - bytes;
  },
  _free: nothing,
  _heif_context_alloc: () => 1,
  _heif_context_free: nothing,
  _heif_context_set_maximum_image_size_limit: nothing,
  _heif_context_read_from_memory_without_copy(at, _context, file) {
    kind = heap[file];
    error(at, 0, 0);
  },
  _heif_context_get_primary_image_handle(at, _context, out) {
    error(at, 0, 0);
    put(out, 1);
  },
  _heif_image_handle_get_width: () => (kind === 7 ? 8000 : 2),
  _heif_image_handle_get_height: () => (kind === 7 ? 8000 : 1),
  _heif_image_handle_release: nothing,
  _heif_decode_image(at, _handle, out) {
    if (kind === 1) throw new WebAssembly.RuntimeError('unreachable');
    while (kind === 2);
    if (kind === 4) process.exit(1);
    if (kind === 5) {
      const grown = new Uint8Array(200 * 2 ** 20);
      grown.set(heap);
      heap = grown;
    }
    error(at, { 3: 2, 6: 7, 8: 6 }[kind] ?? 0, kind === 6 ? 100 : 0);
    heap[image] = ++decoded;
    put(out, 1);
    used = 4096;
  },
  _heif_image_get_width: () => 2,
  _heif_image_get_height: () => 1,
  _heif_image_get_plane_readonly2(_image, _channel, stride) {
    put(stride, 16);
    return image;
  },
  _heif_image_release: nothing,
};
