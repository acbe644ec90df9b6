import { z } from 'zod';
import { fault } from '../../../domain/errors.js';
import { countOf, STORED_BYTES, showName, showShape } from './checkpoint-types.js';
import { repeatedKey } from './safetensors-keys.js';
import type { StoredType, TensorInfo } from './stored-tensor.js';

/** A tensor's place: bytes from `begin` to before `end`, counted from the first byte after the header. */
export interface SafetensorsEntry extends TensorInfo {
  readonly begin: number;
  readonly end: number;
}

const TYPES: Readonly<Record<string, StoredType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
};

/** A CLIP has some hundreds, the largest models of the hub some ten thousand. */
const TENSORS_MAX = 50_000;

const natural = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(natural).max(16), data_offsets: z.tuple([natural, natural]) }),
);

/**
 * Reads the JSON of a safetensors file (https://github.com/huggingface/safetensors, "Format") and checks it: shapes and types
 * against byte counts, and that the tensors cover the file's data without overlap or gap.
 *
 * @param dataBytes bytes of the file after the header
 * @throws `safetensors_header_invalid`, `safetensors_offsets_invalid`, `tensor_type_unsupported`, `checkpoint_truncated`
 */
export function parseSafetensorsHeader(text: string, dataBytes: number, file: string): Map<string, SafetensorsEntry> {
  if (namesMoreThan(TENSORS_MAX, text)) throw headerInvalid(file, `names more than ${TENSORS_MAX} tensors`);
  const repeated = repeatedKeyOf(text, file);
  if (repeated !== null) {
    throw headerInvalid(file, `names ${showName(repeated)} twice, so that one would hide the other`);
  }
  const { __metadata__: _, ...tensors } = JSON.parse(text);
  const parsed = headerSchema.safeParse(tensors);
  if (!parsed.success) throw headerInvalid(file, `is not as the format has it: ${firstIssue(parsed.error)}`);
  const entries = Object.entries(parsed.data).map(([name, entry]) => entryOf(name, entry, file));
  checkCover(entries, dataBytes, file);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** Counted by the text before it is parsed: each tensor has its offsets. */
function namesMoreThan(most: number, text: string): boolean {
  let count = 0;
  for (let at = text.indexOf('"data_offsets"'); at !== -1; at = text.indexOf('"data_offsets"', at + 1)) {
    if (++count > most) return true;
  }
  return false;
}

function repeatedKeyOf(text: string, file: string): string | null {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw headerInvalid(file, `is not JSON (${showName(String((cause as Error).message))})`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw headerInvalid(file, 'is not a JSON object');
  }
  return repeatedKey(text);
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return showName(`${issue?.path.join('.')}: ${issue?.message}`);
}

function entryOf(name: string, entry: z.infer<typeof headerSchema>[string], file: string): SafetensorsEntry {
  const type = Object.hasOwn(TYPES, entry.dtype) ? TYPES[entry.dtype] : undefined;
  if (type === undefined) {
    throw fault(
      'tensor_type_unsupported',
      `Expected the tensor ${showName(name)} of ${file} in one of the types ${Object.keys(TYPES).join(', ')}, got ${showName(entry.dtype)}; take a checkpoint in F32, F16 or BF16.`,
    );
  }
  const [begin, end] = entry.data_offsets;
  const count = countOf(entry.shape);
  const expected = count === null ? null : count * STORED_BYTES[type];
  if (expected !== end - begin) {
    throw offsetsInvalid(
      file,
      `${showName(name)} of shape ${showShape(entry.shape)} in ${entry.dtype} needs ${expected ?? 'too many'} bytes, but its data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  }
  if (begin % STORED_BYTES[type] !== 0) {
    throw offsetsInvalid(file, `${showName(name)} in ${entry.dtype} begins at byte ${begin}, which is not aligned`);
  }
  return { name, type, shape: entry.shape, begin, end };
}

function checkCover(entries: readonly SafetensorsEntry[], dataBytes: number, file: string): void {
  const sorted = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let before = 'the header';
  for (const { name, begin, end } of sorted) {
    if (end > dataBytes) {
      throw fault(
        'checkpoint_truncated',
        `Expected ${file} to hold ${showName(name)} up to byte ${end} of its data, but it has ${dataBytes}; it has been cut: get it again.`,
      );
    }
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps' : `leaves a hole of ${begin - covered} bytes after`;
      throw offsetsInvalid(file, `${showName(name)} at [${begin}, ${end}] ${what} ${before}`);
    }
    covered = end;
    before = showName(name);
  }
  if (covered !== dataBytes) {
    throw offsetsInvalid(file, `${dataBytes - covered} bytes after ${before} belong to no tensor`);
  }
}

function headerInvalid(file: string, reason: string): Error {
  return fault(
    'safetensors_header_invalid',
    `Expected a safetensors file at ${file}, but its header ${reason}; get the file again.`,
  );
}

function offsetsInvalid(file: string, reason: string): Error {
  return fault(
    'safetensors_offsets_invalid',
    `Expected the tensors of ${file} to follow one another, but ${reason}; the file is damaged: get it again.`,
  );
}
