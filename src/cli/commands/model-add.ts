import { join, resolve } from 'node:path';
import { addModel } from '../../clip/import/add-model.js';
import type { Precision } from '../../clip/import/graph/write-towers.js';
import { parityTable } from '../../clip/import/precision/parity-table.js';
import { removeModel } from '../../clip/import/stage-model.js';
import { callerError } from '../../domain/errors.js';
import { collectSamples } from '../collect-samples.js';
import { type Command, type Invocation, JSON_FLAG } from '../command.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { print, printJson, withApp } from '../with-app.js';

const PRECISIONS = ['auto', 'fp32', 'fp16', 'int8-block', 'int8'] as const;

export const modelAdd: Command = {
  name: 'model add',
  arguments: 'MODEL',
  summary: 'Get a CLIP model from the hub, a folder or a file of weights, and make it run fast here.',
  examples: [
    'streetdex model add geolocal/StreetCLIP',
    'streetdex model add openai/clip-vit-base-patch32 --precision fp32',
    'streetdex model add ./my-clip --name me/my-clip --calibration ~/street-photos',
  ],
  flags: {
    precision: {
      type: 'string',
      value: PRECISIONS.join('|'),
      describe: 'auto (the default) takes the fastest that gives what float32 gives, on every count of the table.',
    },
    calibration: {
      type: 'string',
      value: 'DIR',
      describe: 'Street photos (44 or more) to fit and compare precisions with; rendered scenes without it.',
    },
    name: {
      type: 'string',
      value: 'NAME',
      describe: 'What to call it, in place of the hub’s id or the folder’s name.',
    },
    revision: { type: 'string', value: 'REV', describe: 'Branch, tag or commit of the hub (main).' },
    token: { type: 'string', value: 'TOKEN', describe: 'Access token of the hub; HF_TOKEN is the safer place for it.' },
    json: JSON_FLAG,
  },
  settings: ['models_dir', 'data_dir', 'hub_endpoint', 'hub_token'],
  positionals: [1, 1],
  run: (invocation) =>
    withApp(invocation.config, async (app) => {
      const { config, positionals, text, on } = invocation;
      const optional = optionalFlags(invocation);
      const steps = new Steps();
      const token = text('token') ?? config.hub_token;
      const added = await withStopSignal(steps.progress, (signal) =>
        addModel({
          ...{ what: positionals[0] as string, precision: precisionOf(text('precision') ?? 'auto'), ...optional },
          modelsFolder: resolve(config.models_dir),
          downloadsFolder: join(config.data_dir, 'downloads'),
          hub: { endpoint: config.hub_endpoint, ...(token === undefined ? {} : { token }) },
          samples: (pictures) => collectSamples(app, text('calibration'), pictures),
          onTerms: (terms) => {
            process.stderr.write(
              `${terms.name}: ${megabytes(terms.bytes)}, licence ${terms.licence ?? 'not stated'}.\n${terms.limits === null ? '' : `${terms.limits}\n`}`,
            );
          },
          onProgress: ({ receivedBytes, totalBytes }) =>
            steps.count('downloading MB', Math.round(receivedBytes / 1e6), Math.round(totalBytes / 1e6)),
          onStep: (what, done, total) => steps.count(what, done, total),
          signal,
        }),
      ).finally(() => steps.end());
      const { info, chosen, licence, limits } = added;
      if (on('json')) printJson({ ...info, licence, limits, measured: chosen?.parity ?? null });
      else {
        if (chosen !== null) print(`${parityTable(chosen).join('\n')}\n`);
        print(
          `${info.name} is ready in ${info.precision}: ${info.dimension} dimensions at ${info.imageSize} pixels, licence ${licence ?? 'not stated'}. Use it: streetdex ingest DIR --index indexes/NAME --model ${info.name}`,
        );
      }
      return undefined;
    }),
};

export const modelRemove: Command = {
  name: 'model remove',
  arguments: 'NAME',
  summary: 'Delete a model’s folder. Indexes made with it can’t answer until it is added again.',
  examples: ['streetdex model remove openai/clip-vit-base-patch32'],
  flags: {},
  settings: ['models_dir'],
  positionals: [1, 1],
  run: async ({ config, positionals }) => {
    const name = positionals[0] as string;
    await removeModel(resolve(config.models_dir), name);
    print(`${name} is gone.`);
    return undefined;
  },
};

/** One progress bar after another, as the steps come. */
class Steps {
  progress = new Progress('adding');
  private what = 'adding';

  count(what: string, done: number, total: number): void {
    if (what !== this.what) {
      this.progress.end();
      this.progress = new Progress(what);
      this.what = what;
    }
    this.progress.count(done, total);
  }

  end(): void {
    this.progress.end();
  }
}

function optionalFlags({ text }: Invocation): { name?: string; revision?: string } {
  const [name, revision] = [text('name'), text('revision')];
  return { ...(name === undefined ? {} : { name }), ...(revision === undefined ? {} : { revision }) };
}

function precisionOf(text: string): Precision | 'auto' {
  const precision = PRECISIONS.find((known) => known === text);
  if (precision !== undefined) return precision;
  throw callerError('usage', `Expected --precision ${PRECISIONS.join(', ')}; got ${text}.`);
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
