import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { resolveQuery } from '../../locate/resolve-query.js';
import { classify as classifyPhoto } from '../../search/classify.js';
import type { Run } from '../command.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';
import { readPhoto } from './similar.js';

export const classify: Run = ({ config, positionals, text, on }) =>
  withApp(
    config,
    async (app) => {
      const labels = splitLabels(text('labels') ?? '');
      if (labels.length === 0) throw fault('usage', 'Expected --labels "a,b,c". See streetdex classify --help.');
      const model = await app.model();
      const bytes = await readPhoto(present(positionals[0]));
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
    },
    { once: true },
  );

/** Commas separate; double quotes protect them. */
export function splitLabels(text: string): string[] {
  return [...text.matchAll(/\s*(?:"([^"]*)"|([^",]+))\s*(?:,|$)/g)]
    .map((match) => (match[1] ?? match[2] ?? '').trim())
    .filter((label) => label !== '');
}
