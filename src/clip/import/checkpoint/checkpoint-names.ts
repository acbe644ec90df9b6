import { needFloats } from './checkpoint-read.js';
import type { Checkpoint, TensorInfo } from './stored-tensor.js';

/** Prefixes that wrappers of a network put before every name: DataParallel, Lightning, training scripts, torch.compile. */
const PREFIXES = ['module.', 'model.', '_orig_mod.', 'clip.', 'clip_model.'];

/** The same checkpoint without a prefix that all of its tensors share. */
export function withoutPrefix(checkpoint: Checkpoint): Checkpoint {
  const names = [...checkpoint.tensors.keys()];
  let length = 0;
  for (;;) {
    const shared = PREFIXES.find((prefix) => names.every((name) => name.startsWith(prefix, length)));
    if (shared === undefined || names.length === 0) break;
    length += shared.length;
  }
  if (length === 0) return checkpoint;
  const tensors = new Map<string, TensorInfo>();
  for (const info of checkpoint.tensors.values()) {
    const name = info.name.slice(length);
    tensors.set(name, { ...info, name });
  }
  const prefix = names[0]?.slice(0, length) ?? '';
  return {
    tensors,
    read: async (name) => checkpoint.read(prefix + needFloats(tensors, name).name),
    close: () => checkpoint.close(),
  };
}
