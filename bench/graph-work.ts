// Multiplications with addition (MAC) of a CLIP picture tower, from its config: what no implementation can leave out, the last
// layer counted for the pooled token alone, as our graphs compute it.

/** What a checkpoint's config.json says of the tower. */
export interface VisionConfig {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly image_size: number;
  readonly patch_size: number;
}

/** Of one picture by kind of product, as our graphs name them. */
export function visionWork(config: VisionConfig): Record<string, number> {
  const { hidden_size: width, intermediate_size: inner, num_hidden_layers: layers } = config;
  const { image_size: side, patch_size: patch } = config;
  const patches = Math.floor(side / patch) ** 2;
  const tokens = patches + 1;
  const full = (layers - 1) * tokens;
  return {
    patches: patches * 3 * patch ** 2 * width,
    qkv: full * 3 * width ** 2,
    kv: tokens * 2 * width ** 2,
    q: width ** 2,
    out: (full + 1) * width ** 2,
    fc1: (full + 1) * width * inner,
    fc2: (full + 1) * width * inner,
    attention: 2 * (full + 1) * tokens * width,
  };
}

export function total(work: Record<string, number>): number {
  return Object.values(work).reduce((sum, macs) => sum + macs, 0);
}
