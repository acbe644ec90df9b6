import { fault } from '../../../domain/errors.js';
import { showName } from './checkpoint-types.js';
import type { PickleGlobal } from './pickle-values.js';
import type { StoredType } from './stored-tensor.js';

const STORAGES: Readonly<Record<string, StoredType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ['collections.OrderedDict', { kind: 'ordered_dict' }],
  ['torch._utils._rebuild_tensor', { kind: 'rebuild_tensor', args: 4 }],
  ['torch._utils._rebuild_tensor_v2', { kind: 'rebuild_tensor', args: 6 }],
  ['torch._utils._rebuild_parameter', { kind: 'rebuild_parameter' }],
  ['torch.Size', { kind: 'size' }],
  ...Object.entries(STORAGES).map(([name, type]): [string, PickleGlobal] => [
    `torch.${name}`,
    { kind: 'storage_type', type },
  ]),
]);

/**
 * The meaning of a module and a name in a pickle: one of the few that a state dict needs.
 * @throws `checkpoint_unsafe` for every other, before anything is done with it
 */
export function globalOf(module: string, name: string, file: string): PickleGlobal {
  const global = GLOBALS.get(`${module}.${name}`);
  if (global !== undefined) return global;
  throw fault(
    'checkpoint_unsafe',
    `Expected only tensors in the pickle of ${file}, refused ${showName(`${module}.${name}`)}; nothing was run. Take the model's safetensors, or have its maker save the state dict alone.`,
  );
}
