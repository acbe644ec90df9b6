import type { ClipModel } from '../../clip/clip-model.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { textContent, type VectorCache } from '../vector-cache.js';

/** Embeds captions by a model and stores each, so that a later run embeds only new ones. */
export function cachedCaptions(
  model: () => Promise<ClipModel>,
  cache: Pick<VectorCache, 'vector' | 'put'>,
): (text: string) => Promise<UnitVector> {
  return async (text) => {
    const content = textContent(text);
    const known = cache.vector(content);
    if (known !== null) return known;
    const { vector } = await (await model()).embedText(text, { wait: true });
    cache.put([{ content, vector }]);
    return vector;
  };
}
