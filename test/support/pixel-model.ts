import type { ClipModel, PreparedImage } from '../../src/clip/clip-model.js';
import { toUnitVector } from '../../src/domain/unit-vector.js';
import { type DecodeOptions, decodeImage } from '../../src/images/decode-image.js';
import { readPhotoFacts } from '../../src/images/photo-facts.js';
import { READ_HERE } from '../../src/ingest/facts-reader.js';

/** A model without a network: a picture's vector is its mean colour. Decodes for real, so that bad pictures fail for real. */
export class PixelModel implements ClipModel {
  prepared = 0;
  encoded = 0;
  /** Most photos that were prepared and not yet encoded. */
  aheadMax = 0;
  /** Decodes HEIC in the place of the process's own. */
  heic: DecodeOptions['heic'];
  beforeEncode: (encoded: number) => void | Promise<void> = () => undefined;
  private last: Promise<unknown> = Promise.resolve();
  readonly info = {
    id: 'a'.repeat(64),
    name: 'pixel',
    folder: '',
    dimension: 4,
    imageSize: 8,
    logitScale: 100,
    templates: { country: '{country}', region: '{region}', city: '{city}' },
    licence: null,
    notice: null,
    precision: 'fp32',
  };

  async prepare(bytes: Uint8Array, { facts = false }: { readonly facts?: boolean } = {}): Promise<PreparedImage> {
    const { data, width, height } = await decodeImage(bytes, undefined, this.heic ? { heic: this.heic } : {});
    this.prepared++;
    this.aheadMax = Math.max(this.aheadMax, this.prepared - this.encoded);
    const tensor = new Float32Array(4).fill(1);
    for (let i = 0; i < data.length; i++) tensor[i % 3] = (tensor[i % 3] as number) + (data[i] as number) / data.length;
    return { tensor, width, height, decodeMs: 2, preprocessMs: 1, facts: facts ? readPhotoFacts(bytes) : null };
  }

  /** One at a time, in order, as the real encoder. */
  encode(tensor: Float32Array) {
    const result = this.last.then(async () => {
      await this.beforeEncode(this.encoded);
      this.encoded++;
      return { vector: toUnitVector(tensor), encodeMs: 3 };
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  embedText(): Promise<never> {
    return Promise.reject(new Error('no text here'));
  }

  embedTexts(): Promise<never> {
    return Promise.reject(new Error('no text here'));
  }

  photoFacts = READ_HERE.photoFacts;
  xmpFacts = READ_HERE.xmpFacts;

  problem(): null {
    return null;
  }

  encoderState() {
    return { device: 'cpu', encoders: 1, batch: 1, restarts: 0 };
  }

  async close(): Promise<void> {}
}
