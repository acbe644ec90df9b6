import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { STREETCLIP_TEMPLATES } from '../domain/caption.js';
import { fault } from '../domain/errors.js';
import type { ModelInfo } from './clip-model.js';
import { type ModelCard, parseModelCard, parseModelConfig } from './model-json.js';
import { type PreprocessConfig, parsePreprocessConfig } from './preprocess-config.js';
import type { TokenizerFiles } from './tokenizer.js';

/** A checked model folder: its files are there, and equal to those that were recorded. */
export interface ModelFolder {
  readonly info: ModelInfo;
  readonly preprocess: PreprocessConfig;
  readonly tokenizer: TokenizerFiles;
  readonly lengthMax: number;
  readonly visionFile: string;
  readonly textFile: string;
  /** Bytes of both graphs with their data: about the memory of one encoder. */
  readonly graphBytes: number;
  readonly probe: ModelCard['probe'];
}

/** Suffixes of the ONNX files' names, by transformers.js, and `int8-block`; the first found is used. */
export const PRECISIONS: Readonly<Record<string, string>> = {
  fp32: '',
  fp16: '_fp16',
  'int8-block': '_int8-block',
  int8: '_int8',
  quantized: '_quantized',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

/** Precisions with float products: pictures and captions may share a batch, since they share no scale. */
export const FLOAT_PRECISIONS: ReadonlySet<string> = new Set(['fp32', 'fp16']);

/**
 * Opens a folder in the layout of transformers.js, with or without streetdex.json, and hashes its files for the model's id.
 * That takes half a second a gigabyte, and is done each time, because a file that changed under its index must not be used.
 *
 * @param name by default the folder's name, with the owner's for `models/<owner>/<name>`
 * @param precision by default the recorded one, or the first that is there
 * @throws `model_not_found`, `model_file_missing`, `model_file_altered`, `model_unsupported`
 */
export async function openModelFolder(folder: string, name?: string, precision?: string): Promise<ModelFolder> {
  const root = resolve(folder);
  const files = await filesOf(root);
  const configFile = need(files, root, 'config.json');
  const shape = parseModelConfig(await readJson(configFile), configFile);
  const preprocess = parsePreprocessConfig(await readJson(need(files, root, 'preprocessor_config.json')));
  const cardFile = join(root, 'streetdex.json');
  const card = files.has('streetdex.json') ? parseModelCard(await readJson(cardFile), cardFile) : {};
  if (preprocess.imageSize !== shape.imageSize) {
    throw fault(
      'model_unsupported',
      `${root}: preprocessor_config.json makes pictures of ${preprocess.imageSize} pixels, but config.json says that the model takes ${shape.imageSize}.`,
    );
  }
  const opened = precision ?? card.precision ?? precisionOf(files, root);
  const vision = towerFile(files, root, 'vision', opened);
  const text = towerFile(files, root, 'text', opened);
  const tokenizer = tokenizerNames(files, root);
  const graphs = [...withData(files, root, vision, card), ...withData(files, root, text, card)];
  const parts = [...graphs, ...tokenizer, 'preprocessor_config.json'];
  return {
    info: {
      id: await modelId(root, parts, card),
      name: name ?? card.name ?? nameOf(root),
      folder: root,
      dimension: shape.dimension,
      imageSize: shape.imageSize,
      logitScale: card.logit_scale ?? shape.logitScale,
      templates: card.templates ?? STREETCLIP_TEMPLATES,
      licence: card.licence ?? null,
      notice: card.notice ?? null,
      precision: opened,
    },
    preprocess,
    tokenizer:
      tokenizer.length === 1
        ? { json: join(root, 'tokenizer.json') }
        : { vocab: join(root, 'vocab.json'), merges: join(root, 'merges.txt') },
    lengthMax: shape.lengthMax,
    visionFile: join(root, vision),
    textFile: join(root, text),
    graphBytes: await bytesOf(graphs.map((file) => join(root, file))),
    // The recorded embeddings are those of the recorded precision.
    probe: precision === undefined || precision === card.precision ? card.probe : undefined,
  };
}

/** Paths of files in the folder and in its `onnx`, with forward slashes. */
async function filesOf(root: string): Promise<ReadonlySet<string>> {
  const top = await readdir(root).catch((cause) => {
    throw fault('model_not_found', `Expected a model folder at ${root}, but it cannot be read.`, { cause });
  });
  const onnx = await readdir(join(root, 'onnx')).catch(() => []);
  return new Set([...top, ...onnx.map((file) => `onnx/${file}`)]);
}

function need(files: ReadonlySet<string>, root: string, file: string): string {
  if (files.has(file)) return join(root, file);
  throw fault(
    'model_file_missing',
    `Expected ${file} in the model folder ${root}, but it is not there; get the model again or copy the file from its source.`,
  );
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fault('model_file_altered', `Expected JSON in ${file}, but it cannot be parsed (${cause}).`, { cause });
  }
}

/** The precisions of which a model folder holds both graphs. @throws `model_not_found` */
export async function presentPrecisions(folder: string): Promise<string[]> {
  const files = await filesOf(resolve(folder));
  return Object.keys(PRECISIONS).filter((precision) => graphsOf(precision).every((file) => files.has(file)));
}

const graphsOf = (precision: string) =>
  ['vision', 'text'].map((tower) => `onnx/${tower}_model${PRECISIONS[precision]}.onnx`);

function precisionOf(files: ReadonlySet<string>, root: string): string {
  const first = Object.keys(PRECISIONS).find((precision) => graphsOf(precision).every((file) => files.has(file)));
  if (first !== undefined) return first;
  const missing = files.has('onnx/vision_model.onnx') ? 'text_model.onnx' : 'vision_model.onnx';
  const weights = [...files].find((file) => /\.(safetensors|bin)$/.test(file));
  throw fault(
    'model_file_missing',
    `Expected onnx/vision_model.onnx and onnx/text_model.onnx (or both with one of ${Object.values(PRECISIONS).filter(Boolean).join(', ')}) in ${root}, but onnx/${missing} is not there${weights ? `; ${weights} has to be converted first` : ''}.`,
  );
}

function towerFile(files: ReadonlySet<string>, root: string, tower: 'vision' | 'text', precision: string): string {
  const end = PRECISIONS[precision];
  if (end === undefined) {
    throw fault(
      'model_unsupported',
      `Expected one of the precisions ${Object.keys(PRECISIONS).join(', ')} in ${join(root, 'streetdex.json')}, got ${precision}.`,
    );
  }
  const file = `onnx/${tower}_model${end}.onnx`;
  need(files, root, file);
  return file;
}

/** The graph and its external data (`x.onnx_data`, `x.onnx_data_1`, `x.onnx.data`), also where only a record names it. */
function withData(files: ReadonlySet<string>, root: string, file: string, card: ModelCard): string[] {
  const belongs = (other: string) =>
    other === file || other.startsWith(`${file}_data`) || other.startsWith(`${file}.data`);
  const all = new Set([...files, ...Object.keys(card.sha256 ?? {})].filter(belongs));
  for (const part of all) need(files, root, part);
  return [...all].sort();
}

function tokenizerNames(files: ReadonlySet<string>, root: string): string[] {
  if (files.has('tokenizer.json')) return ['tokenizer.json'];
  if (files.has('vocab.json') && files.has('merges.txt')) return ['vocab.json', 'merges.txt'];
  need(files, root, files.has('vocab.json') ? 'merges.txt' : 'tokenizer.json');
  return [];
}

/** Also compares with the hashes that were recorded, where they were. */
async function modelId(root: string, parts: readonly string[], card: ModelCard): Promise<string> {
  const id = createHash('sha256');
  for (const part of parts) {
    const hash = await sha256Of(join(root, part));
    const recorded = card.sha256?.[part];
    if (recorded !== undefined && recorded !== hash) {
      throw fault(
        'model_file_altered',
        `Expected ${part} of the model ${root} to have the sha-256 ${recorded.slice(0, 12)}… that was recorded, got ${hash.slice(0, 12)}…; it has changed or is damaged: get the model again.`,
      );
    }
    id.update(`${part} ${hash}\n`);
  }
  return id.digest('hex');
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function nameOf(root: string): string {
  const owner = dirname(root);
  return basename(dirname(owner)) === 'models' ? `${basename(owner)}/${basename(root)}` : basename(root);
}
