import { fault } from '../domain/errors.js';
import type { IndexModel } from './reader.js';

type Named = Pick<IndexModel, 'modelId' | 'modelName'>;

/** An index was to be used with another model than its own; the message names both ways on. */
export function indexModelMismatch(folder: string, own: Named, wanted: Named) {
  const sameName = own.modelName === wanted.modelName;
  const asked = sameName
    ? `the model of that name is another now (${short(wanted)})`
    : `${wanted.modelName} (${short(wanted)}) was to be used with it`;
  const keep = sameName ? 'Put back the files that it had' : `Ask with --model ${shellWord(own.modelName)}`;
  return fault(
    'index_model_mismatch',
    `The index ${folder} holds vectors of the model ${own.modelName} (${short(own)}), but ${asked}; vectors of two models can't be compared. ${keep}, or bring the index over to the other one: ${reembedCommand(folder, wanted.modelName)}`,
  );
}

/** A reader's index was brought over to another model since it was opened. */
export function indexModelChanged() {
  return fault(
    'index_model_changed',
    'The index was brought over to another model after this process had opened it. Start the process again, and it answers with the new model.',
    { retryAfterS: 60 },
  );
}

/** The command that brings an index over to a model, to be pasted into a shell. */
export function reembedCommand(folder: string, modelName: string): string {
  return `streetdex index reembed --index ${shellWord(folder)} --model ${shellWord(modelName)}`;
}

function short({ modelId }: Named): string {
  return `${modelId.slice(0, 12)}…`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
