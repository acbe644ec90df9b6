import type { Precision } from '../../clip/import/graph/write-towers.js';
import { type Command, JSON_FLAG } from '../command.js';

const PRECISIONS: readonly (Precision | 'auto')[] = ['auto', 'fp32', 'fp16', 'int8-block', 'int8'];

export const modelAdd: Command = {
  name: 'model add',
  arguments: 'MODEL',
  summary:
    'Get a CLIP model (it compares pictures with sentences) from the Hugging Face hub, a folder or a file, and make it run fast here.',
  examples: [
    'streetdex model add geolocal/StreetCLIP',
    'streetdex model add openai/clip-vit-base-patch32 --precision fp32',
    'streetdex model add ./my-clip --name me/my-clip --calibration ~/street-photos',
  ],
  flags: {
    precision: {
      type: 'string',
      value: 'NAME',
      describe:
        'What its weights are kept in; auto takes the fastest that gives what float32 gives, on every count, and fp16 for a graphics card.',
      choices: PRECISIONS,
      default: 'auto',
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
    revision: { type: 'string', value: 'REV', describe: 'Branch, tag or commit of the hub; main without it.' },
    token: { type: 'string', value: 'TOKEN', describe: 'Access token of the hub; HF_TOKEN is the safer place for it.' },
    json: JSON_FLAG,
  },
  settings: ['models_dir', 'data_dir', 'device', 'hub_endpoint', 'hub_token'],
  positionals: [1, 1],
  load: async () => (await import('../run/model-add.js')).modelAdd,
};

export const modelRemove: Command = {
  name: 'model remove',
  arguments: 'NAME',
  summary: 'Delete a model’s folder. Indexes made with it can’t answer until it is added again.',
  examples: ['streetdex model remove openai/clip-vit-base-patch32'],
  flags: {},
  settings: ['models_dir'],
  positionals: [1, 1],
  load: async () => (await import('../run/model-add.js')).modelRemove,
};
