import { callerError } from '../../domain/errors.js';
import { resolveQuery } from '../../locate/resolve-query.js';
import { classify as classifyPhoto } from '../../search/classify.js';
import { type Command, JSON_FLAG } from '../command.js';
import { table } from '../table.js';
import { print, printJson, withApp } from '../with-app.js';
import { readPhoto } from './similar.js';

export const classify: Command = {
  name: 'classify',
  arguments: 'PHOTO',
  summary: 'Score any labels for a photo: softmax over their captions.',
  examples: [
    'streetdex classify photo.jpg --labels "desert,forest,city"',
    'streetdex classify photo.jpg --labels "France,Japan,Brazil" --template "A Street View photo in {label}."',
  ],
  flags: {
    labels: {
      type: 'string',
      value: '"a,b,c"',
      describe: 'Labels with commas between them; a label in double quotes may hold commas.',
    },
    template: { type: 'string', value: 'TEXT', describe: 'Sentence around a label, with {label} in it.' },
    json: JSON_FLAG,
  },
  settings: ['model', 'threads', 'execution_provider'],
  positionals: [1, 1],
  run: ({ config, positionals, text, on }) =>
    withApp(config, async (app) => {
      const labels = splitLabels(text('labels') ?? '');
      if (labels.length === 0) throw callerError('usage', 'Expected --labels "a,b,c". See streetdex classify --help.');
      const model = await app.model();
      const bytes = await readPhoto(positionals[0] as string);
      const { vector } = await resolveQuery({ kind: 'image', bytes }, { model: async () => model, references: null });
      const template = text('template');
      const scores = await classifyPhoto(
        vector,
        { labels, ...(template === undefined ? {} : { template }) },
        { model },
      );
      if (on('json')) printJson({ labels: scores });
      else
        print(
          table(
            scores.map((score) => [score.label, `${(score.probability * 100).toFixed(1)} %`, score.logit.toFixed(2)]),
            ['label', 'probability', 'logit'],
          ),
        );
      return undefined;
    }),
};

/** Commas separate; double quotes protect them. */
export function splitLabels(text: string): string[] {
  return [...text.matchAll(/\s*(?:"([^"]*)"|([^",]+))\s*(?:,|$)/g)]
    .map((match) => (match[1] ?? match[2] ?? '').trim())
    .filter((label) => label !== '');
}
