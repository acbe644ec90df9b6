import type { App } from '../../app.js';
import { csvLine } from '../../client/csv-line.js';
import { type AuditReport, auditIndex, type Implausible } from '../../collection/audit/audit-index.js';
import { EvidenceCache } from '../../collection/audit/evidence-cache.js';
import { evidenceStamp } from '../../collection/audit/evidence-stamp.js';
import { keepAudit } from '../../collection/audit/kept-audit.js';
import { shapeFinding, shapeReport } from '../../collection/audit/shape-audit.js';
import { copiesById } from '../../collection/duplicates/known-copies.js';
import { fault } from '../../domain/errors.js';
import type { GeoPoint } from '../../domain/geo-point.js';
import { distanceKm } from '../../geo/distance.js';
import { findingsFile } from '../../references/beside-index.js';
import { askedFilter } from '../asked-filter.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { KEPT, table } from '../table.js';
import { warnOfProfile } from '../warn-of-profile.js';
import { withApp } from '../with-app.js';

const SHOWN = 50;
const CSV_COLUMNS = ['id', 'source', 'stated_lat', 'stated_lon', 'suggested_lat', 'suggested_lon', 'mistake', 'ratio'];

type Sources = ReadonlyMap<string, string | null>;

export const audit: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const { on } = invocation;
    if (['json', 'csv', 'geojson'].filter(on).length > 1)
      throw fault('usage', 'Expected at most one of --json, --csv and --geojson.');
    const report = await run(app, invocation);
    const { reader } = await app.index();
    const stored = await reader.getMany(report.implausible.map(({ reference }) => reference.id));
    const sources = new Map(
      [...stored].map(
        ([
          id,
          {
            sources: [first],
          },
        ]) => [id, first?.path ?? null],
      ),
    );
    if ((await askedFilter(app, invocation)) === undefined)
      keepAudit(
        findingsFile(app.indexFolder()),
        shapeReport(report, new Date().toISOString()),
        report.implausible.map((one) => shapeFinding(one, sourceOf(one, sources))),
      );
    if (on('json')) printJson(shape(report, sources));
    else if (on('csv')) print(csv(report, sources));
    else if (on('geojson')) printJson(geojson(report, sources));
    else print(describe(report, sources));
    return undefined;
  });

async function run(app: App, invocation: Invocation): Promise<AuditReport> {
  const falseAlarms = Number(invocation.text('false-alarms'));
  if (!(falseAlarms > 0 && falseAlarms <= 0.5))
    throw fault(
      'usage',
      `Expected --false-alarms to be a share above 0 and at most 0.5, but got ${invocation.text('false-alarms')}.`,
    );
  const filter = (await askedFilter(app, invocation)) ?? {};
  await app.checkModel();
  const index = await app.index();
  warnOfProfile(await app.profile());
  const progress = new Progress('locating each photo without itself');
  return withStopSignal(progress, async (signal) => {
    const captioning = new Progress('preparing place names (once for this model)');
    await app.captions((done, total) => captioning.count(done, total), signal);
    captioning.end();
    const locator = await app.locator();
    const file = findingsFile(app.indexFolder());
    const copies = copiesById(file);
    const cache = new EvidenceCache(file, await evidenceStamp(index, locator, copies.size));
    try {
      return await auditIndex({
        ...{ index, locator, cache, filter, falseAlarms, copies, signal },
        onProgress: (done, total) => progress.count(done, total),
      });
    } finally {
      cache.close();
    }
  });
}

function shape(report: AuditReport, sources: Sources) {
  const { audited_at: _, ...counts } = shapeReport(report, '');
  return { implausible: report.implausible.map((one) => shapeFinding(one, sourceOf(one, sources))), ...counts };
}

function sourceOf({ reference }: Implausible, sources: Sources): string | null {
  return sources.get(reference.id) ?? null;
}

function csv(report: AuditReport, sources: Sources): string {
  const rows = shape(report, sources).implausible.map((one) => [
    ...[one.id, one.source ?? '', one.stated.lat, one.stated.lon, one.suggested?.lat ?? '', one.suggested?.lon ?? ''],
    ...[one.mistake, one.ratio ?? '', one.false_alarm_probability, one.country_only],
  ]);
  const head = [...CSV_COLUMNS, 'false_alarm_probability', 'country_only'];
  return [head, ...rows].map((row) => csvLine(row)).join('\n');
}

function geojson(report: AuditReport, sources: Sources) {
  const { implausible, ...counts } = shape(report, sources);
  const position = ({ lat, lon }: GeoPoint) => [lon, lat];
  const features = implausible.flatMap(({ stated, suggested, ...properties }) => {
    const at = (role: string, type: string, coordinates: unknown) => ({
      ...{ type: 'Feature', geometry: { type, coordinates } },
      properties: { role, ...properties },
    });
    return [
      at('stated', 'Point', position(stated)),
      ...(suggested === null
        ? []
        : [
            at('suggested', 'Point', position(suggested)),
            at('way', 'LineString', [position(stated), position(suggested)]),
          ]),
    ];
  });
  return { type: 'FeatureCollection', ...counts, features };
}

function describe(report: AuditReport, sources: Sources): string {
  const { implausible, photos, countryOnly, expectedFalseAlarms, authorLeftIn } = report;
  const rows = implausible
    .slice(0, SHOWN)
    .map(({ reference, suggested, mistake, falseAlarmProbability, countryOnly }) => [
      `${(100 * falseAlarmProbability).toFixed(1)}${KEPT}%`,
      `${mistake}${countryOnly ? ' (country only)' : ''}`,
      where(reference.point),
      suggested === null
        ? ''
        : `${where(suggested)}, ${distanceKm(reference.point, suggested).toFixed(0)}${KEPT}km off`,
      sources.get(reference.id) ?? reference.id.slice(0, 12),
    ]);
  const more = implausible.length - rows.length;
  return [
    ...(rows.length > 0 ? [table(rows, ['false alarm', 'mistake', 'stated', 'suggested', 'source'])] : []),
    ...(more > 0 ? [`and ${more} more (all of them with --json, --csv or --geojson)`] : []),
    `${implausible.length} of ${photos} photos do not look as if they were taken where they say; ${expectedFalseAlarms.toFixed(1)} would be listed if all were.`,
    ...(countryOnly > 0
      ? [`Of ${countryOnly} little but the country could be checked: no other reference is within 25 km.`]
      : []),
    ...(authorLeftIn === null
      ? []
      : [
          `${authorLeftIn} took more than half of the photos and speaks for the own ones too, which hides mistakes that are alike.`,
        ]),
  ].join('\n');
}

function where({ lat, lon }: GeoPoint): string {
  return `${lat.toFixed(4)},${KEPT}${lon.toFixed(4)}`;
}
