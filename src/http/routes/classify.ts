import { classifyOptionsSchema } from '../../api/search.js';
import type { ClassifyAnswer } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { localsOf, signalOf } from '../locals.js';
import { call, type Route, type RouteParts } from '../route.js';
import { startClock } from '../took.js';

export function classifyRoute({ parts, readQuery }: RouteParts): Route {
  return {
    ...call('POST /v1/classify'),
    scope: 'read',
    summary: 'Gives the probability of each of your labels',
    description: 'A softmax over the labels, each put into the template, as in the card of the model.',
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input, options } = await readQuery(request, response, classifyOptionsSchema);
      const labels = checkedLabels(options, parts.config.labels_max);
      const query = await parts.resolveQuery(input, localsOf(response).gone);
      const classified = startClock();
      const { template } = options;
      const asked = {
        labels,
        ...(template !== undefined && { template }),
        ...signalOf(response),
      };
      const scores = await parts.classify(query, asked);
      response.json({
        query: { sha256: query.sha256, reference_id: query.referenceId },
        labels: scores,
        model: (await parts.model()).info.id,
        took_ms: { ...query.tookMs, classify: classified() },
      } satisfies ClassifyAnswer);
    },
  };
}

type LabelSet = 'countries' | 'places';

/** @throws `labels_missing`, `labels_too_many` */
function checkedLabels(
  options: { readonly labels?: readonly string[] | undefined; readonly label_set?: LabelSet | undefined },
  max: number,
): readonly string[] | LabelSet {
  const { labels, label_set } = options;
  if (labels === undefined && label_set !== undefined) return label_set;
  if (labels === undefined || label_set !== undefined) {
    throw fault('labels_missing', 'Expected labels or label_set, and only one of them.', {
      errors: [{ path: 'labels', message: labels === undefined ? 'Missing.' : 'Given beside label_set.' }],
    });
  }
  if (labels.length > max) {
    throw fault('labels_too_many', `Expected at most ${max} labels, got ${labels.length}.`, {
      errors: [{ path: 'labels', message: `At most ${max}.` }],
    });
  }
  return labels;
}
