import type { App } from '../app.js';
import { keptAudit } from '../collection/audit/kept-audit.js';
import { copiesById, knownCopies } from '../collection/duplicates/known-copies.js';
import { fault } from '../domain/errors.js';
import { addPhoto } from '../ingest/add-photo.js';
import { photoKey } from '../ingest/all-items.js';
import { AllowedRoots } from '../ingest/allowed-roots.js';
import { Ingestions } from '../ingest/ingestions.js';
import { runIngest } from '../ingest/run-ingest.js';
import { answerQuery } from '../locate/answer-query.js';
import { summariseProfile } from '../locate/profile-file.js';
import { resolveQuery } from '../locate/resolve-query.js';
import { findingsFile, thumbnailsFolder } from '../references/beside-index.js';
import { sampleFiles } from '../references/samples.js';
import { classify } from '../search/classify.js';
import { findSimilar } from '../search/similar.js';
import { CollectionParts } from './collection-parts.js';
import type { HttpParts } from './http-parts.js';

export function appParts(app: App): HttpParts {
  const model = () => app.model();
  const ingestions = ingestionsOf(app);
  /** An ingestion keeps the index to its end, which may be hours away: no caller is left waiting for it. */
  const refuseWhileIngesting = () => {
    if (ingestions.running === null) return;
    throw fault(
      'ingestion_running',
      `The ingestion ${ingestions.running} is writing to the index. Try again when it is over.`,
    );
  };
  const parts: HttpParts = {
    ingestions,
    config: app.config,
    decodeMemory: app.decodeMemory,
    thumbnailsFolder: thumbnailsFolder(app.indexFolder()),
    model,
    samples: () => sampleFiles(app.indexFolder()),
    gazetteer: () => app.gazetteer(),
    index: () => app.index(),
    resolveQuery: async (input, signal) =>
      resolveQuery(input, { model, references: (await app.index()).reader }, signal === undefined ? {} : { signal }),
    locate: async (input, options) =>
      answerQuery(input, options, { model, references: (await app.index()).reader, locator: await app.locator() }),
    similar: async (query, { includeSelf, collapseCopies, filter = {}, ...options }) => {
      const self = query.referenceId !== null && includeSelf === false ? [query.referenceId] : [];
      const exclude = { ...filter.exclude, ids: [...(filter.exclude?.ids ?? []), ...self] };
      return findSimilar(
        query,
        { references: (await app.index()).reader },
        {
          ...options,
          filter: { ...filter, exclude },
          ...(collapseCopies && { copies: copiesById(findingsFile(app.indexFolder())) }),
        },
      );
    },
    classify: async (query, options) =>
      classify(query.vector, options, {
        model: await app.model(),
        ...(typeof options.labels === 'string'
          ? { captions: await app.captions(), gazetteer: await app.gazetteer() }
          : {}),
      }),
    addPhoto: async ({ bytes, facts }) => {
      refuseWhileIngesting();
      const gazetteer = await app.gazetteer();
      return addPhoto(bytes, facts, {
        model: await app.model(),
        countryAt: (point) => gazetteer.countryAt(point),
        withWriter: (work) => {
          refuseWhileIngesting();
          return app.withWriter(work);
        },
      });
    },
    deleteReference: async (id) => {
      refuseWhileIngesting();
      return (await app.deleteReferences([id])).deleted.length > 0;
    },
    audit: async (limit, cursor) =>
      keptAudit(findingsFile(app.indexFolder()), (await app.index()).reader, limit, cursor),
    duplicates: async (query) => knownCopies(findingsFile(app.indexFolder()), (await app.index()).reader, query),
    collection: new CollectionParts(app),
    profile: async () => summariseProfile(await app.profile()),
  };
  return parts;
}

function ingestionsOf(app: App): Ingestions {
  return new Ingestions({
    roots: new AllowedRoots(app.config.ingest_roots),
    runs: async () => (await app.index()).journal.runs({ limit: 100 }),
    failed: async (which) => {
      const { journal } = await app.index();
      const failures = await journal.failures({ ...which, limit: Number.MAX_SAFE_INTEGER });
      return new Set(failures.map(photoKey));
    },
    isBeingWritten: () => app.store().isBeingWritten(),
    run: async ({ id, begun, ...asked }) => {
      const [model, gazetteer] = [await app.model(), await app.gazetteer()];
      const countryAt = gazetteer.countryAt.bind(gazetteer);
      return app.withWriter(
        (writer) => {
          begun();
          return runIngest({ ...asked, note: { ingestion: id }, writer, model, countryAt });
        },
        { buildAhead: true },
      );
    },
  });
}
