import type { StoredType } from './stored-tensor.js';

/** The names from Python modules that a state dict needs, as tags: nothing is ever called by name. */
export type PickleGlobal =
  | { readonly kind: 'ordered_dict' }
  | { readonly kind: 'rebuild_tensor'; readonly args: 4 | 6 }
  | { readonly kind: 'rebuild_parameter' }
  | { readonly kind: 'size' }
  | { readonly kind: 'storage_type'; readonly type: StoredType };

/** The run of numbers that a tensor is a view of; `key` names the zip's entry `data/<key>`. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly type: StoredType;
  readonly key: string;
  readonly count: number;
}

/** A view of a storage: element (i, j, …) lies at offset + i·strides[0] + j·strides[1] + … */
export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<PickleValue, PickleValue>;
}

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleStorage
  | PickleTensor
  | { readonly kind: 'global'; readonly name: string; readonly global: PickleGlobal };
