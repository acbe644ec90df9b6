import { fault } from '../../../domain/errors.js';
import { needFloats } from './checkpoint-read.js';
import { showName, showShape } from './checkpoint-types.js';
import { parseClipConfig } from './clip-config.js';
import { notClipByTensors } from './clip-recognise.js';
import type { ClipArchitecture } from './clip-shapes.js';
import { clipTensors } from './clip-tensors.js';
import type { Checkpoint } from './stored-tensor.js';

/** Names in a message. */
const SHOWN = 5;

/**
 * The architecture that config.json describes (clip-config.ts), after checking that the checkpoint has every tensor of it, in
 * its shape and as floats, and no other: a further tensor means another architecture. `position_ids` are allowed.
 *
 * @param config the parsed config.json
 * @throws `model_not_clip`, `model_config_invalid`, `model_unsupported`, `model_tensor_missing`, `model_shape_mismatch`,
 * `model_tensor_unknown`, `tensor_type_unsupported`
 */
export async function readClipArchitecture(config: unknown, checkpoint: Checkpoint): Promise<ClipArchitecture> {
  const configured = parseClipConfig(config);
  const names = [...checkpoint.tensors.keys()];
  notClipByTensors(names);
  const needed = clipTensors(configured);
  checkMissing([...needed.keys()].filter((name) => !checkpoint.tensors.has(name)));
  checkShapes(needed, checkpoint);
  checkUnknown(names.filter((name) => !needed.has(name) && !name.endsWith('.position_ids')));
  return { ...configured, logitScale: await readLogitScale(checkpoint) };
}

function checkMissing(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw fault(
    'model_tensor_missing',
    `Expected the tensors that config.json describes, but ${missing.length} are missing: ${list(missing)}; the config belongs to other weights, or the checkpoint is not whole.`,
  );
}

function checkShapes(needed: ReadonlyMap<string, readonly number[]>, checkpoint: Checkpoint): void {
  const wrong = [...needed].filter(([name, shape]) => {
    const found = needFloats(checkpoint.tensors, name).shape;
    return showShape(found) !== showShape(shape) && !(name === 'logit_scale' && showShape(found) === '[1]');
  });
  const [first] = wrong;
  if (first === undefined) return;
  const [name, shape] = first;
  const more = wrong.length > 1 ? `, and ${wrong.length - 1} more differ` : '';
  throw fault(
    'model_shape_mismatch',
    `Expected the tensor ${name} in the shape ${showShape(shape)} by config.json, found ${showShape(needFloats(checkpoint.tensors, name).shape)}${more}; the config belongs to other weights.`,
  );
}

function checkUnknown(unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  throw fault(
    'model_tensor_unknown',
    `Expected only the tensors that config.json describes, but ${unknown.length} more are there: ${list(unknown)}; the network would not be the one that was trained.`,
  );
}

async function readLogitScale(checkpoint: Checkpoint): Promise<number> {
  const [logarithm] = await checkpoint.read('logit_scale');
  const scale = Math.exp(logarithm ?? Number.NaN);
  if (Number.isFinite(scale) && scale > 0) return scale;
  throw fault('model_unsupported', `Expected a finite logit_scale, found ${logarithm}; the weights are damaged.`);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map(showName).join(', ');
  return names.length > SHOWN ? `${shown} …` : shown;
}
