/** The type of a tensor's numbers in the file. */
export type StoredType =
  | 'float64'
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

export interface TensorInfo {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
}

/** The tensors of a checkpoint, read one at a time. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * A tensor's values as float32, row-major: float16 and bfloat16 are widened exactly, float64 is rounded. Memory is that of
   * this tensor alone; reads may run at the same time.
   *
   * @throws `model_tensor_missing`, `tensor_type_unsupported` for whole numbers, `checkpoint_truncated`
   */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}
