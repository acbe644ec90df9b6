// Multiplications with addition (MAC) of a CLIP tower, from its config: what no implementation can leave out, the last layer
// counted for the pooled token alone, as our graphs compute it.

/** Of one picture by kind of product, as our graphs name them. */
export function visionWork(config) {
  const { hidden_size: width, intermediate_size: inner, num_hidden_layers: layers } = config;
  const { image_size: side, patch_size: patch } = config;
  const patches = Math.floor(side / patch) ** 2;
  return {
    patches: patches * 3 * patch ** 2 * width,
    ...layersWork(patches + 1, width, inner, layers),
  };
}

/** Of one text of so many tokens, with nothing shared. */
export function textWork(config, tokens) {
  const { hidden_size: width, intermediate_size: inner, num_hidden_layers: layers } = config;
  return layersWork(tokens, width, inner, layers);
}

export function total(work) {
  return Object.values(work).reduce((sum, macs) => sum + macs, 0);
}

function layersWork(tokens, width, inner, layers) {
  const full = (layers - 1) * tokens;
  return {
    qkv: full * 3 * width ** 2,
    kv: tokens * 2 * width ** 2,
    q: width ** 2,
    out: (full + 1) * width ** 2,
    fc1: (full + 1) * width * inner,
    fc2: (full + 1) * width * inner,
    attention: 2 * (full + 1) * tokens * width,
  };
}
