import { fault } from '../../../domain/errors.js';
import { showName } from './checkpoint-types.js';
import type { TorchZipEntries } from './torch-zip-entries.js';

/** A pickle of a thousand tensors has 200 kB. */
const PICKLE_BYTES_MAX = 64 * 2 ** 20;

/** The parts of the archive: torch puts all of them into one folder, whose name is free. */
export interface TorchZipLayout {
  readonly pickle: string;
  /** Name of the entry with a storage's numbers. */
  storage(key: string): string;
}

/**
 * Finds the parts of an archive that torch.save wrote.
 * @throws `checkpoint_format_unknown` for another zip or a TorchScript program, `checkpoint_damaged`
 */
export async function findLayout(entries: TorchZipEntries, file: string): Promise<TorchZipLayout> {
  const names = [...entries.names];
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) {
    throw unknown(
      file,
      `has ${pickles.length} entries data.pkl (it has ${names.slice(0, 3).map(showName).join(', ')} …)`,
    );
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (names.some((name) => name.startsWith(`${folder}code/`)) || names.includes(`${folder}constants.pkl`)) {
    throw unknown(file, 'is a TorchScript program, which carries code');
  }
  await checkByteOrder(entries, `${folder}byteorder`, file);
  if ((entries.bytesOf(pickle) ?? 0) > PICKLE_BYTES_MAX) {
    throw fault(
      'checkpoint_zip_bomb',
      `Expected a pickle of at most ${PICKLE_BYTES_MAX} bytes in ${file}, got ${entries.bytesOf(pickle)}; no state dict needs as much, so it is refused.`,
    );
  }
  return { pickle, storage: (key) => `${folder}data/${key}` };
}

async function checkByteOrder(entries: TorchZipEntries, name: string, file: string): Promise<void> {
  const bytes = entries.bytesOf(name);
  if (bytes === null) return;
  const order =
    bytes > 16
      ? '(long)'
      : Buffer.from(await entries.whole(name))
          .toString('latin1')
          .trim();
  if (order !== 'little') throw unknown(file, `has its numbers in ${showName(order)}-endian order`);
}

function unknown(file: string, reason: string): Error {
  return fault(
    'checkpoint_format_unknown',
    `Expected a state dict that torch.save wrote at ${file}, but the archive ${reason}; take the model's safetensors or its pytorch_model.bin.`,
  );
}
