import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fault } from '../../../domain/errors.js';
import { type ChosenFiles, chooseFiles, shardsOf } from './choose-files.js';
import type { FetchModelOptions } from './fetch-options.js';
import type { FetchedModel } from './fetched-model.js';
import { readTerms } from './model-terms.js';
import { safePath } from './safe-path.js';

/**
 * A model on this machine: a folder, or a file of weights with its config beside it. Nothing is copied.
 * @throws `model_source_not_found`, `model_file_missing`
 */
export async function openLocalSource(
  path: string,
  options: Pick<FetchModelOptions, 'precision' | 'onTerms'>,
): Promise<FetchedModel> {
  const found = await stat(path).catch((cause) => {
    throw fault(
      'model_source_not_found',
      `Expected a model folder or a file of weights at ${path}, but there is nothing. A model of the hub is written owner/name.`,
      { cause },
    );
  });
  const folder = found.isDirectory() ? path : dirname(path);
  const there = await filesOf(folder);
  const chosen = found.isDirectory()
    ? chooseFiles(there, options.precision ?? 'auto', folder)
    : chooseBeside(there, basename(path), folder);
  const readme = chosen.readme === null ? null : await readFile(join(folder, chosen.readme), 'utf8');
  const shards =
    chosen.index === null
      ? []
      : shardsOf(await readFile(join(folder, chosen.index), 'utf8'), chosen.index, there, folder);
  shards.forEach(safePath);
  const small = [...chosen.config, ...chosen.tokenizer, ...(chosen.readme === null ? [] : [chosen.readme])];
  const weights = [...(chosen.index === null ? [] : [chosen.index]), ...chosen.weights, ...shards];
  const files = await Promise.all(
    [...small, ...weights].map(async (file) => ({
      path: file,
      bytes: (await stat(join(folder, file))).size,
      sha256: null,
    })),
  );
  const name = basename(folder);
  const terms = readTerms(name, readme);
  await options.onTerms?.({ ...terms, name, bytes: files.reduce((sum, file) => sum + file.bytes, 0) });
  return {
    ...terms,
    name,
    source: path,
    revision: null,
    commit: null,
    folder,
    kind: chosen.kind,
    precision: chosen.precision,
    checkpoint: chosen.kind === 'checkpoint' ? path : null,
    small,
    weights,
    files,
    discard: async () => undefined,
    keep: async () => undefined,
  };
}

/** One file of weights, whatever it is called, with its config and tokenizer beside it. */
function chooseBeside(there: readonly string[], file: string, folder: string): ChosenFiles {
  const others = there.filter((path) => !path.startsWith('onnx/') && !/\.(safetensors|bin|index\.json)$/.test(path));
  const chosen = chooseFiles([...others, 'model.safetensors'], 'auto', `the folder ${folder} of ${file}`);
  return { ...chosen, weights: [file] };
}

async function filesOf(folder: string): Promise<string[]> {
  const onnx = await readdir(join(folder, 'onnx')).catch(() => []);
  return [...(await readdir(folder)), ...onnx.map((file) => `onnx/${file}`)];
}
