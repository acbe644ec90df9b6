import type { PickleReader } from './pickle-reader.js';
import type { PickleStorage, PickleTensor, PickleValue } from './pickle-values.js';

type Global = Extract<PickleValue, { kind: 'global' }>;

/**
 * The result of calling one of the known names with its arguments.
 * @throws `checkpoint_damaged` when the arguments are not those of torch
 */
export function reduce(callee: Global, args: readonly PickleValue[], reader: PickleReader): PickleValue {
  const wrong = () => reader.damaged(`${callee.name} with arguments that it does not have`);
  switch (callee.global.kind) {
    case 'ordered_dict':
      if (args.length > 0) throw wrong();
      return { kind: 'dict', entries: new Map() };
    case 'size':
      if (!args.every((arg) => isSizes(arg)) || args.length > 1) throw wrong();
      return args[0] ?? { kind: 'tuple', items: [] };
    case 'rebuild_parameter':
      if (!isObject(args[0]) || args[0].kind !== 'tensor') throw wrong();
      return args[0];
    case 'rebuild_tensor': {
      const tensor = args.length >= callee.global.args ? tensorOf(args) : null;
      if (tensor === null) throw wrong();
      return tensor;
    }
    case 'storage_type':
      throw wrong();
  }
}

/**
 * A persistent id: ("storage", a storage's type, its key, where it was, how many numbers it has).
 * @throws `checkpoint_damaged`
 */
export function storageOf(id: PickleValue, reader: PickleReader): PickleStorage {
  const [tag, type, key, , count] = isObject(id) && id.kind === 'tuple' ? id.items : [];
  if (tag === 'storage' && isObject(type) && type.kind === 'global' && type.global.kind === 'storage_type') {
    if (typeof key === 'string' && /^\w{1,64}$/.test(key) && isNatural(count)) {
      return { kind: 'storage', type: type.global.type, key, count };
    }
  }
  throw reader.damaged('a reference to no storage');
}

/** (storage, offset, shape, strides, …); the rest (gradients, hooks) is not needed. */
function tensorOf([storage, offset, shape, strides]: readonly PickleValue[]): PickleTensor | null {
  if (!isObject(storage) || storage.kind !== 'storage' || !isNatural(offset)) return null;
  if (!isSizes(shape) || !isSizes(strides) || shape.items.length !== strides.items.length) return null;
  return { kind: 'tensor', storage, offset, shape: shape.items, strides: strides.items };
}

function isSizes(value: PickleValue | undefined): value is { kind: 'tuple'; items: readonly number[] } {
  return isObject(value) && value.kind === 'tuple' && value.items.length <= 16 && value.items.every(isNatural);
}

function isNatural(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: PickleValue | undefined): value is Extract<PickleValue, object> {
  return typeof value === 'object' && value !== null;
}
