import type { App } from '../app.js';
import { addPhoto } from '../ingest/add-photo.js';
import { answerQuery } from '../locate/answer-query.js';
import { summariseProfile } from '../locate/profile-file.js';
import { resolveQuery } from '../locate/resolve-query.js';
import { deleteReferences } from '../references/embedded/delete-references.js';
import { thumbnailsFolder } from '../references/embedded/index-folder.js';
import { classify } from '../search/classify.js';
import { findSimilar } from '../search/similar.js';
import type { HttpParts } from './http-parts.js';

/** The server's parts, made from the application. */
export function appParts(app: App): HttpParts {
  const model = () => app.model();
  const parts: HttpParts = {
    config: app.config,
    thumbnailsFolder: thumbnailsFolder(app.indexFolder()),
    model,
    gazetteer: () => app.gazetteer(),
    references: () => app.references(),
    resolveQuery: async (input) => resolveQuery(input, { model, references: await app.references() }),
    locate: async (input, options) =>
      answerQuery(input, options, { model, references: await app.references(), locator: await app.locator() }),
    similar: async (query, { includeSelf, filter = {}, ...options }) => {
      const self = query.referenceId !== null && includeSelf === false ? [query.referenceId] : [];
      const exclude = { ...filter.exclude, ids: [...(filter.exclude?.ids ?? []), ...self] };
      return findSimilar(query, { references: await app.references() }, { ...options, filter: { ...filter, exclude } });
    },
    classify: async (query, options) =>
      classify(query.vector, options, {
        model: await app.model(),
        ...(typeof options.labels === 'string'
          ? { captions: await app.captions(), gazetteer: await app.gazetteer() }
          : {}),
      }),
    addPhoto: async ({ bytes, facts }) => {
      const gazetteer = await app.gazetteer();
      return addPhoto(bytes, facts, {
        model: await app.model(),
        countryAt: (point) => gazetteer.countryAt(point),
        withWriter: (work) => app.withWriter(work),
      });
    },
    deleteReference: async (id) =>
      (await app.inTurn(() => deleteReferences(app.indexFolder(), [id]))).deleted.length > 0,
    profile: async () => summariseProfile(await app.profile()),
  };
  return parts;
}
