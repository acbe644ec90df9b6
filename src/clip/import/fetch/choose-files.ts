import { fault } from '../../../domain/errors.js';
import { PRECISIONS } from '../../model-folder.js';
import { WEIGHT_FILES } from '../checkpoint/checkpoint.js';

/** The files of a model that are needed, with forward slashes. */
export interface ChosenFiles {
  /** `onnx`: graphs that run as they are; `checkpoint`: weights that have to be converted. */
  readonly kind: 'onnx' | 'checkpoint';
  /** Precision of the graphs; null for weights. */
  readonly precision: string | null;
  readonly config: readonly string[];
  readonly tokenizer: readonly string[];
  /** The graphs with their external data, or the weights; without the shards that `index` names. */
  readonly weights: readonly string[];
  /** `…index.json` of weights in several files, which names them. */
  readonly index: string | null;
  readonly readme: string | null;
}

const SMALL_EXTRAS = ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'];
/** Replaces config.json and preprocessor_config.json where a model was published for open_clip only. */
const OPEN_CLIP_CONFIG = 'open_clip_config.json';

/**
 * Picks the files that a model needs: graphs in the layout of transformers.js where they have the wanted precision, else
 * safetensors before PyTorch's own format.
 * @param precision `auto`, or one that model folders know
 * @throws `model_file_missing` naming what is missing and what is there
 */
export function chooseFiles(paths: Iterable<string>, precision: string, where: string): ChosenFiles {
  const there = new Set(paths);
  const config = chooseConfig(there, where);
  const tokenizer = chooseTokenizer(there, where);
  const base = { config, tokenizer, readme: there.has('README.md') ? 'README.md' : null };
  const graphs = chooseGraphs(there, precision);
  const weights = WEIGHT_FILES.find((file) => there.has(file));
  if (graphs !== null && (weights === undefined || graphs.wanted)) {
    return { ...base, kind: 'onnx', precision: graphs.precision, weights: graphs.files, index: null };
  }
  if (weights === undefined) throw noWeights(there, precision, where);
  const sharded = weights.endsWith('.index.json');
  return {
    ...base,
    kind: 'checkpoint',
    precision: null,
    weights: sharded ? [] : [weights],
    index: sharded ? weights : null,
  };
}

function chooseConfig(there: ReadonlySet<string>, where: string): string[] {
  const both = ['config.json', 'preprocessor_config.json'];
  if (!there.has('config.json') && there.has(OPEN_CLIP_CONFIG)) {
    return [OPEN_CLIP_CONFIG, ...both.filter((file) => there.has(file))];
  }
  for (const file of both) need(there, file, where);
  return both;
}

function chooseTokenizer(there: ReadonlySet<string>, where: string): string[] {
  const extras = SMALL_EXTRAS.filter((file) => there.has(file));
  if (there.has('tokenizer.json')) return ['tokenizer.json', ...extras];
  if (there.has('vocab.json') && there.has('merges.txt')) return ['vocab.json', 'merges.txt', ...extras];
  throw missing('tokenizer.json, or vocab.json with merges.txt,', where);
}

/** `wanted`: whether the graphs have the precision that was asked for, or float32 for `auto`. */
function chooseGraphs(there: ReadonlySet<string>, precision: string) {
  const graphsOf = (end: string) => [`onnx/vision_model${end}.onnx`, `onnx/text_model${end}.onnx`];
  const present = Object.entries(PRECISIONS).filter(([, end]) => graphsOf(end).every((file) => there.has(file)));
  const [name, end] =
    (precision === 'auto' ? present[0] : present.find(([candidate]) => candidate === precision)) ?? [];
  if (name === undefined || end === undefined) return null;
  const graphs = graphsOf(end);
  const data = [...there].filter((file) =>
    graphs.some((graph) => file.startsWith(`${graph}_data`) || file.startsWith(`${graph}.data`)),
  );
  return { precision: name, files: [...graphs, ...data.sort()], wanted: precision !== 'auto' || name === 'fp32' };
}

/**
 * The shards that an index names.
 * @throws `hub_bad_answer` when it is no index, `model_file_missing` when a shard is missing
 */
export function shardsOf(index: string, indexFile: string, paths: Iterable<string>, where: string): string[] {
  const there = new Set(paths);
  const shards = new Set<string>();
  try {
    const map: unknown = JSON.parse(index).weight_map;
    if (typeof map !== 'object' || map === null) throw new Error('it has no weight_map');
    for (const shard of Object.values(map)) shards.add(String(shard));
  } catch (cause) {
    throw fault(
      'hub_bad_answer',
      `Expected ${indexFile} of ${where} to be JSON with a weight_map, but it is not (${cause}).`,
      { cause },
    );
  }
  for (const shard of shards) need(there, shard, where);
  return [...shards].sort();
}

function need(there: ReadonlySet<string>, file: string, where: string): void {
  if (!there.has(file)) throw missing(file, where);
}

const missing = (file: string, where: string) =>
  fault(
    'model_file_missing',
    `Expected ${file} in ${where}, but it is not there; a CLIP model of the hub has config.json, preprocessor_config.json, a tokenizer and weights.`,
  );

function noWeights(there: ReadonlySet<string>, precision: string, where: string) {
  const found = [...there].filter((file) => /\.(onnx|safetensors|bin|h5|msgpack|pt|pth|ckpt|gguf)$/.test(file));
  const wanted = precision === 'auto' ? '' : ` of the precision ${precision}`;
  return fault(
    'model_file_missing',
    `Expected model.safetensors, pytorch_model.bin (or either in shards), or onnx/vision_model and onnx/text_model${wanted} in ${where}; ${found.length === 0 ? 'it holds no weights' : `it holds ${found.slice(0, 8).join(', ')}`}.`,
  );
}
