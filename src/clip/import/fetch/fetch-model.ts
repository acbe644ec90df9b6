import { existsSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fault } from '../../../domain/errors.js';
import { fetchFromHub, HUB_ID } from './fetch-from-hub.js';
import type { FetchModelOptions } from './fetch-options.js';
import type { FetchedModel } from './fetched-model.js';
import { openLocalSource } from './local-source.js';

/**
 * Gets the files of a model, from the hub or from this machine. A download that was cut off stays hidden in `downloadsFolder`,
 * and the next call for the same model goes on with it.
 * @throws `model_source_invalid`, `model_source_not_found`, `model_file_missing`, `model_add_busy` (later), `disk_full`
 * (later), the `hub_…` codes, `interrupted`
 */
export async function fetchModel(options: FetchModelOptions): Promise<FetchedModel> {
  const { what, revision } = options;
  if (isPath(what)) {
    if (revision !== undefined) {
      throw fault('model_source_invalid', `--revision is for models of the hub, but ${what} is a local path.`);
    }
    return await openLocalSource(resolve(what), options);
  }
  if (!HUB_ID.test(what) || what.includes('..')) {
    throw fault(
      'model_source_invalid',
      `Expected a model of the hub (owner/name) or the path of a folder, a .safetensors or a .bin file; got ${JSON.stringify(what)}${existsSync(what) ? `, which is a local path: write ./${what}` : ''}.`,
    );
  }
  return await fetchFromHub(options);
}

/** A model's default name: the hub's id, or the name of its folder. */
export function modelNameOf(what: string): string {
  if (!isPath(what)) return what;
  const path = resolve(what);
  return basename(isFile(path) ? dirname(path) : path);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** `a/b` is always a model of the hub: whether a folder of that name exists must not change what a command does. */
const isPath = (what: string): boolean => /^[./~\\]|^[a-z]:[\\/]|\.(safetensors|bin)$/i.test(what);
