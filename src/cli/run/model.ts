import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chooseDevice } from '../../clip/choose-device.js';
import { openModelFolder } from '../../clip/model-folder.js';
import { openClipModel } from '../../clip/open-clip-model.js';
import type { Config } from '../../config/settings.js';
import { StreetdexError } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

export const modelList: Run = async ({ config, on }) => {
  const models = await Promise.all(modelNames(config).map((name) => describeModel(config, name)));
  if (on('json')) printJson(models);
  else {
    print(
      table(
        models.map((m) => [
          m.name,
          m.dimension ?? '',
          m.image_size ?? '',
          m.precision ?? '',
          m.licence ?? '',
          m.error ?? '',
        ]),
        ['model', 'dimension', 'pixels', 'precision', 'licence', ''],
      ),
    );
    for (const m of models) if (m.notice) print(`\n${m.name}: ${m.notice}`);
    print(
      `\n${(await chooseDevice(config.device, 'fp32')).because ?? `The model runs on ${config.device}, as asked for.`}`,
    );
  }
  return undefined;
};

export const modelVerify: Run = ({ config, positionals, on }) =>
  withApp(config, async (app) => {
    const name = present(positionals[0]);
    const model = await openClipModel(app.modelFolder(name), {
      name,
      threads: config.threads,
      device: config.device === 'auto' ? 'cpu' : config.device,
    });
    const { info } = model;
    await model.close();
    if (on('json')) printJson({ ok: true, id: info.id, name: info.name });
    else
      print(
        `${info.name} is as it was when it was added: ${info.dimension} dimensions at ${info.imageSize} pixels, ${info.precision}, id ${info.id}.`,
      );
    return undefined;
  });

/** Folders with a config.json, one or two levels below `models_dir` (`pocket`, `owner/name`), which `model add` makes. */
function modelNames(config: Config): string[] {
  if (!existsSync(config.models_dir)) return [];
  const folders = (path: string) =>
    readdirSync(path, { withFileTypes: true })
      // Names that begin with a dot are models in the making.
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
  const isModel = (name: string) =>
    statSync(join(config.models_dir, name, 'config.json'), { throwIfNoEntry: false })?.isFile() ?? false;
  return folders(config.models_dir)
    .flatMap((first) =>
      isModel(first)
        ? [first]
        : folders(join(config.models_dir, first))
            .map((second) => `${first}/${second}`)
            .filter(isModel),
    )
    .sort();
}

async function describeModel(config: Config, name: string) {
  try {
    const { info } = await openModelFolder(join(config.models_dir, name), name);
    return {
      name,
      id: info.id,
      dimension: info.dimension,
      image_size: info.imageSize,
      precision: info.precision,
      licence: info.licence,
      notice: info.notice,
    };
  } catch (error) {
    if (!(error instanceof StreetdexError)) throw error;
    return { name, error: `${error.message} [${error.code}]` };
  }
}
