import { App } from '../../app.js';
import { csvLine } from '../../client/csv-line.js';
import { copyCollection } from '../../collection/copy-collection.js';
import { fault, hasCode } from '../../domain/errors.js';
import { checkSources, type SourceCheck } from '../../ingest/check-sources.js';
import { vectorOfPhoto } from '../../ingest/vector-of-photo.js';
import { type ProfileSummary, summariseProfile } from '../../locate/profile-file.js';
import type { Maintenance } from '../../references/maintenance.js';
import type { StoredReference } from '../../references/reader.js';
import type { Store } from '../../references/store.js';
import type { SelfSimilarity } from '../../references/summaries.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const FAILURES_SHOWN = 50;
const FAILURE_COLUMNS = ['root', 'path', 'code', 'reason', 'at'] as const;

export const indexStats: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const index = await app.index();
    const [counts, failures, model] = [
      await index.catalogue.counts(),
      await index.journal.failureCodes(),
      await index.model(),
    ];
    const own = (await index.summaries.summary()).selfSimilarity;
    const blend = await profileOf(app);
    const shaped = {
      references: counts.references,
      sources: counts.sources,
      failures: failures.reduce((sum, { count }) => sum + count, 0),
      conflicts: counts.conflicts,
      model: model.modelId,
      model_name: model.modelName,
      dimension: model.dimension,
    };
    const engine = await index.engine();
    const similarity = own && {
      count: own.count,
      quantiles: own.quantiles.map(([share, cosine]) => ({ share, cosine })),
    };
    show(invocation, { ...shaped, engine, self_similarity: similarity, blend }, () =>
      table(
        [
          ...Object.entries(shaped),
          ...Object.entries(engine),
          ['own nearest', describeSimilarity(own)],
          ['tuned', describeProfile(blend)],
        ],
        [],
      ),
    );
    return undefined;
  });

export const indexFailures: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const { catalogue, journal } = await app.index();
    const failures = (await journal.failures({ limit: Number.MAX_SAFE_INTEGER })).map(
      ({ root, path, code, reason, at }) => ({ root, path, code, reason, at }),
    );
    if (invocation.on('csv')) {
      if (invocation.on('json')) throw fault('usage', 'Expected at most one of --json and --csv.');
      print(
        [FAILURE_COLUMNS, ...failures.map((one) => FAILURE_COLUMNS.map((name) => one[name]))].map(csvLine).join('\n'),
      );
      return undefined;
    }
    const conflicts = await catalogue.conflicts();
    show(invocation, { failures, conflicts }, () =>
      [
        failures.length === 0
          ? 'No failures.'
          : table(
              failures.slice(0, FAILURES_SHOWN).map((failure) => [failure.code, failure.path, failure.reason]),
              ['code', 'path', 'reason'],
            ),
        failures.length > FAILURES_SHOWN ? `… and ${failures.length - FAILURES_SHOWN} more: --csv lists all.` : '',
        failures.length > 0 ? 'To try them again, run the same ingest with --retry-failed.' : '',
        ...conflicts.map(
          (reference) =>
            `${reference.id}: its sources disagree by more than 25 m: ${reference.sources.map((s) => `${s.path} (${s.point.lat}, ${s.point.lon})`).join('; ')}`,
        ),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
    return undefined;
  });

export const indexVerify: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const repair = { vectorOf: async (one: StoredReference) => vectorOfPhoto(await app.model('throughput'), one) };
    const stored = await app.store().maintenance.verify(invocation.on('repair') ? { repair } : {});
    const files = stored.problems.length === 0 ? await checkFiles(app.store()) : null;
    const report = { ...stored, notices: [...stored.notices, ...noticesOf(files)], files };
    show(invocation, report, () =>
      [
        ...report.problems.map((problem) => `DAMAGED  ${problem}`),
        ...(report.repaired > 0 ? [`repaired ${report.repaired} references and sources`] : []),
        ...report.notices.map((notice) => `note     ${notice}`),
        ...(files === null ? [] : describeChanges(files)),
        `${report.ok ? 'All is well' : 'Not all is well'}: ${report.references} references, ${report.sources} sources, ${report.engine}.`,
      ].join('\n'),
    );
    return report.ok ? 0 : 1;
  });

async function checkFiles(store: Store): Promise<SourceCheck> {
  const index = await store.open({ lazy: true });
  try {
    return await checkSources(index.reader);
  } finally {
    await index.close();
  }
}

const CHANGES_SHOWN = 20;
const WHAT_CHANGED = {
  bytes: 'holds another photo',
  position: 'stands elsewhere, or nowhere',
  facts: 'has other facts (time, author and the like)',
  unreadable: 'can’t be read',
} as const;

function noticesOf(files: SourceCheck | null): readonly string[] {
  const { changed = 0, unchecked = 0 } = files ?? {};
  return [
    ...(changed > 0
      ? [`${changed} sources no longer match what is stored of them: run \`streetdex ingest\` on them again.`]
      : []),
    ...(unchecked > 0
      ? [`${unchecked} sources were placed by a track, or by a manifest that is not there now: they were not compared.`]
      : []),
  ];
}

function describeChanges({ changed, changes }: SourceCheck): readonly string[] {
  const lines = changes.slice(0, CHANGES_SHOWN).map((one) => `changed  ${one.path} ${WHAT_CHANGED[one.what]} now`);
  if (changed > lines.length) lines.push(`changed  and ${changed - lines.length} more (the first 1,000 with --json)`);
  return lines;
}

export const indexReconcile: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const gazetteer = await app.gazetteer();
    const report = await app.store().maintenance.reconcile(gazetteer.countryAt.bind(gazetteer));
    const { references, sources, copies, moved, renewed, forgotten } = report;
    show(invocation, report, () =>
      [
        `${references} references and ${sources} sources were looked at.`,
        ...(copies > 0 ? [`${copies} references said other things of their sources than these themselves.`] : []),
        ...(moved > 0 ? [`${moved} references stand now where the source that has the say puts them.`] : []),
        ...(renewed > 0 ? [`${renewed} photos are looked at anew by the next ingest of their folders.`] : []),
        ...(forgotten > 0 ? [`${forgotten} sources of references that are gone were forgotten.`] : []),
        ...(copies + moved + renewed + forgotten === 0 ? ['There was nothing to settle.'] : []),
      ].join('\n'),
    );
    return undefined;
  });

export const indexRebuild: Run = async (invocation) => {
  const report = await maintenanceOf(invocation).rebuild();
  show(invocation, report, () => `Built a graph of ${report.points} points in ${(report.tookMs / 1000).toFixed(1)} s.`);
  return undefined;
};

export const indexSummarise: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const progress = new Progress('summarising');
    const report = await app
      .store()
      .maintenance.summarise((done, total) => progress.count(done, total))
      .finally(() => progress.end());
    const seconds = (report.tookMs / 1000).toFixed(1);
    show(invocation, report, () => `Summarised ${report.references} references in ${seconds} s.`);
    return undefined;
  });

export const indexPrune: Run = async (invocation) => {
  const report = await maintenanceOf(invocation).prune({ dryRun: invocation.on('dry-run') });
  const would = report.dryRun ? 'would be ' : '';
  show(invocation, report, () =>
    [
      ...report.vanished.map((source) => `gone  ${source.root}/${source.path}`),
      ...report.missingRoots.map(
        (root) =>
          `The folder ${root} is not there at all, so its sources are left alone. If it moved: streetdex index remap; of a cluster, prune where it is.`,
      ),
      `${report.vanished.length} sources ${would}forgotten, ${report.deleted.length} references ${would}deleted.`,
      ...(report.failures.length > 0
        ? [`${report.failures.length} failures of files that are gone ${would}forgotten.`]
        : []),
    ].join('\n'),
  );
  return undefined;
};

export const indexBackup: Run = async (invocation) => {
  const to = required(invocation, 'to');
  await using app = new App(invocation.config);
  const report = await app.store().maintenance.backup(to);
  await copyCollection(app.indexFolder(), to);
  show(invocation, report, () => `Copied ${report.references} references to ${to}.`);
  return undefined;
};

export const indexRemap: Run = async (invocation) => {
  const report = await maintenanceOf(invocation).remap(required(invocation, 'from'), required(invocation, 'to'));
  show(invocation, report, () => `${report.sources} sources are now below ${required(invocation, 'to')}.`);
  return undefined;
};

/** The self-similarity of the index's scenes, which shows when a query is like none of them. */
function describeSimilarity(own: SelfSimilarity | null): string {
  if (own === null)
    return 'not known: fewer than 100 scenes have another author’s photo of their place, or `index rebuild` is due';
  const parts = own.quantiles
    .filter(([share]) => [0.05, 0.25, 0.5, 0.75, 0.95].includes(share))
    .map(([share, cosine]) => `${cosine.toFixed(3)} (${100 * share} %)`);
  return `similarity ${parts.join('  ')}, of ${own.count} scenes`;
}

/** A broken profile is reported beside the counts, and does not keep them from being shown. */
async function profileOf(app: App): Promise<ProfileSummary | { readonly error: string }> {
  try {
    return summariseProfile(await app.profile());
  } catch (error) {
    if (!hasCode(error, 'blend_profile_invalid')) throw error;
    return { error: error.message };
  }
}

function describeProfile(blend: Awaited<ReturnType<typeof profileOf>>): string {
  if ('error' in blend) return blend.error;
  if (blend.refused !== null) return blend.refused;
  if (blend.queries === 0) return 'none: `streetdex tune` does that';
  const measured = blend.calibrated ? '' : '; how often its answers are right was not measured';
  return `on ${blend.queries} photos of ${blend.authors} authors${blend.date === null ? '' : `, ${blend.date.slice(0, 10)}`}${measured}`;
}

function maintenanceOf({ config }: Invocation): Maintenance {
  return new App(config).store().maintenance;
}

function required(invocation: Invocation, flag: string): string {
  const value = invocation.text(flag);
  if (value === undefined) throw fault('usage', `Expected --${flag} DIR.`);
  return value;
}

function show(invocation: Invocation, value: unknown, text: () => string): void {
  if (invocation.on('json')) printJson(value);
  else print(text());
}
