import type { z } from 'zod';
import type { auditReportSchema, findingSchema } from '../../api/audit.js';
import { round, roundPoint } from '../../locate/round.js';
import type { AuditReport, Implausible } from './audit-index.js';

export type Finding = z.output<typeof findingSchema>;
export type ShapedReport = z.output<typeof auditReportSchema>;

/** What was found of a photo, as the command line and HTTP show it. @param source path of its first source */
export function shapeFinding(one: Implausible, source: string | null): Finding {
  return {
    id: one.reference.id,
    source,
    stated: roundPoint(one.reference.point),
    suggested: one.suggested && roundPoint(one.suggested),
    mistake: one.mistake,
    ratio: one.ratio === null ? null : Number(one.ratio.toPrecision(3)),
    false_alarm_probability: round(one.falseAlarmProbability, 4),
    country_only: one.countryOnly,
  };
}

export function shapeReport(report: AuditReport, auditedAt: string): ShapedReport {
  return {
    expected_false_alarms: round(report.expectedFalseAlarms, 1),
    photos: report.photos,
    country_only: report.countryOnly,
    author_left_in: report.authorLeftIn,
    audited_at: auditedAt,
  };
}
