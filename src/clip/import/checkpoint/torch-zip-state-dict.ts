import { fault } from '../../../domain/errors.js';
import { showName } from './checkpoint-types.js';
import type { PickleDict, PickleTensor, PickleValue } from './pickle-values.js';

/** Keys under which a training checkpoint keeps the weights, beside its optimizer and epoch. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];

/**
 * The tensors by name: of the dict itself, or of the one that it wraps. Entries that are not tensors are skipped.
 * @throws `checkpoint_damaged` when there is no tensor
 */
export function stateDictOf(value: PickleValue, file: string): ReadonlyMap<string, PickleTensor> {
  const found = [value, ...WRAPPERS.map((name) => (isDict(value) ? value.entries.get(name) : undefined))];
  for (const dict of found) {
    const tensors = isDict(dict) ? [...dict.entries].filter(isTensorEntry) : [];
    if (tensors.length > 0) return new Map(tensors);
  }
  const keys = isDict(value) ? [...value.entries.keys()].slice(0, 5).map((key) => showName(String(key))) : [];
  throw fault(
    'checkpoint_damaged',
    `Expected a dict of tensors in ${file}, got ${isDict(value) ? `one with ${keys.join(', ') || 'nothing'}` : 'something else'}.`,
  );
}

function isDict(value: PickleValue | undefined): value is PickleDict {
  return typeof value === 'object' && value !== null && value.kind === 'dict';
}

function isTensorEntry(entry: [PickleValue, PickleValue]): entry is [string, PickleTensor] {
  const [name, value] = entry;
  return typeof name === 'string' && typeof value === 'object' && value !== null && value.kind === 'tensor';
}
