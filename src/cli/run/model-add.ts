import { join, resolve } from 'node:path';
import { chooseDevice } from '../../clip/choose-device.js';
import { addModel } from '../../clip/import/add-model.js';
import type { Precision } from '../../clip/import/graph/write-towers.js';
import { parityTable } from '../../clip/import/precision/parity-table.js';
import { removeModel } from '../../clip/import/stage-model.js';
import type { Device } from '../../config/devices.js';
import { present } from '../../domain/present.js';
import { collectSamples } from '../collect-samples.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { withApp } from '../with-app.js';

export const modelAdd: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const { config, positionals, text, on } = invocation;
    const optional = optionalFlags(invocation);
    // One of the flag's choices, which were checked.
    const precision = await precisionFor(text('precision') as Precision | 'auto', config.device);
    const steps = new Steps();
    const token = text('token') ?? config.hub_token;
    const added = await withStopSignal(steps.progress, (signal) =>
      addModel({
        ...{ what: present(positionals[0]), precision, ...optional },
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
  });

export const modelRemove: Run = async ({ config, positionals }) => {
  const name = present(positionals[0]);
  await removeModel(resolve(config.models_dir), name);
  print(`${name} is gone.`);
  return undefined;
};

/** The precision for `auto`: on a card float16 where it would be used, since int8 does not run there. */
async function precisionFor(asked: Precision | 'auto', device: Device): Promise<Precision | 'auto'> {
  if (asked !== 'auto' || (await chooseDevice(device, 'fp16')).provider === 'cpu') return asked;
  process.stderr.write(
    'For the graphics card the model is kept in fp16; --precision chooses another for the processor.\n',
  );
  return 'fp16';
}

/** A progress bar for each step. */
class Steps {
  progress = new Progress('adding');
  #what = 'adding';

  count(what: string, done: number, total: number): void {
    if (what !== this.#what) {
      this.progress.end();
      this.progress = new Progress(what);
      this.#what = what;
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

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
