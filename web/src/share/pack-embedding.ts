/** Components of a unit vector lie in [-1, 1]; 16 bits keep a cosine to 1e-8. */
const SCALE = 32_767;

/** A unit vector as text for an address: 16 bits a component, base64url. */
export function packEmbedding(embedding: Float32Array): string {
  const bytes = new Uint8Array(embedding.length * 2);
  const view = new DataView(bytes.buffer);
  embedding.forEach((value, i) => {
    view.setInt16(2 * i, Math.round(Math.max(-1, Math.min(1, value)) * SCALE), true);
  });
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Three components make whole letters, which already tell most vectors apart. */
const BEGIN = 3;

/** Whether the text is this vector. */
export const isPacked = (text: string, embedding: Float32Array): boolean =>
  text.startsWith(packEmbedding(embedding.subarray(0, BEGIN))) && text === packEmbedding(embedding);

/** Unpacks an embedding; null where the text is none. */
export function unpackEmbedding(text: string): Float32Array | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    if (binary.length < 2 || binary.length % 2 !== 0) return null;
    const view = new DataView(Uint8Array.from(binary, (char) => char.charCodeAt(0)).buffer);
    return Float32Array.from({ length: binary.length / 2 }, (_, i) => view.getInt16(2 * i, true) / SCALE);
  } catch {
    return null;
  }
}
