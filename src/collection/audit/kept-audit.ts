import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import type { ReferenceReader } from '../../references/reader.js';
import { openDatabase } from '../../store/open-database.js';
import { storeError } from '../../store/store-error.js';
import type { Finding, ShapedReport } from './shape-audit.js';

export interface KeptAudit {
  /** null where nobody has audited the index yet. */
  readonly report: ShapedReport | null;
  /** A photo that is gone, or says another place since, is not among them: a page may be short. */
  readonly findings: readonly Finding[];
  /** For the next page; null on the last. */
  readonly cursor: string | null;
}

/** Keeps an audit of a whole index in place of the one before. @throws as opening a database, `disk_full` */
export function keepAudit(file: string, report: ShapedReport, findings: readonly Finding[]): void {
  const db = openDatabase(file, { migrations: 'findings', create: true });
  try {
    const put = db.prepare('INSERT INTO implausible (place, finding) VALUES (?, ?)');
    db.transaction(() => {
      db.prepare('DELETE FROM implausible').run();
      db.prepare('INSERT OR REPLACE INTO audit (only, report) VALUES (1, ?)').run(JSON.stringify(report));
      for (const [place, finding] of findings.entries()) put.run(place, JSON.stringify(finding));
    })();
  } catch (error) {
    throw storeError(error, file);
  } finally {
    db.close();
  }
}

/** A page of the last audit of a whole index. @throws `bad_cursor`, and as opening a database */
export async function keptAudit(
  file: string,
  reader: Pick<ReferenceReader, 'getMany'>,
  limit: number,
  cursor?: string,
): Promise<KeptAudit> {
  const from = cursor === undefined ? 0 : Number(/^\d{1,9}$/.exec(cursor)?.[0]);
  if (Number.isNaN(from))
    throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}; begin again without it.`);
  if (!existsSync(file)) return { report: null, findings: [], cursor: null };
  const db = openDatabase(file, { migrations: 'findings', readonly: true });
  try {
    const { report, page } = db.transaction(() => read(db, from, limit))();
    const stored = await reader.getMany(page.slice(0, limit).map(({ id }) => id));
    const findings = page.slice(0, limit).filter(({ id, stated }) => {
      const point = stored.get(id)?.point;
      // Findings have 7 decimals.
      return point !== undefined && Math.abs(point.lat - stated.lat) < 1e-6 && Math.abs(point.lon - stated.lon) < 1e-6;
    });
    return { report, findings, cursor: page.length > limit ? String(from + limit) : null };
  } catch (error) {
    throw storeError(error, file);
  } finally {
    db.close();
  }
}

function read(db: Database, from: number, limit: number): { report: ShapedReport | null; page: Finding[] } {
  const report = db.prepare('SELECT report FROM audit').pluck().get() as string | undefined;
  const rows = db
    .prepare('SELECT finding FROM implausible WHERE place >= ? ORDER BY place LIMIT ?')
    .pluck()
    .all(from, limit + 1) as string[];
  return {
    report: report === undefined ? null : (JSON.parse(report) as ShapedReport),
    page: rows.map((row) => JSON.parse(row) as Finding),
  };
}
