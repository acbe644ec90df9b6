import { describe, expect, it } from '@jest/globals';
import { auditSchema } from '../../../src/api/audit.js';
import { keepAudit } from '../../../src/collection/audit/kept-audit.js';
import type { Finding } from '../../../src/collection/audit/shape-audit.js';
import { findingsFile } from '../../../src/references/beside-index.js';
import { httpWorld, problemOf } from '../../support/http-world.js';
import { idOf } from '../../support/references.js';

const world = httpWorld();

const REPORT = {
  ...{ expected_false_alarms: 0.3, photos: 6, country_only: 2, author_left_in: null },
  audited_at: '2026-05-17T12:30:00.000Z',
};

function finding(name: string, more: Partial<Finding> = {}): Finding {
  const { id, point, file } = world.photo(name);
  const doubt = { mistake: 'sign' as const, ratio: 4000, false_alarm_probability: 0.01, country_only: false };
  return { id, source: file, stated: point, suggested: { lat: -point.lat, lon: point.lon }, ...doubt, ...more };
}

describe('GET /v1/audit', () => {
  it('is empty before anyone has audited, then has the last audit page by page, without what has changed since', async () => {
    const server = await world.serve();
    const page = async (query = '') => auditSchema.parse(await (await server.get(`/v1/audit${query}`)).json());
    expect(await page()).toEqual({ implausible: [], report: null, cursor: null });
    const file = findingsFile(world.app.indexFolder());
    keepAudit(file, REPORT, [finding('suva'), finding('pier')]);
    const kept = [
      finding('gdansk'),
      finding('suva', { suggested: null, ratio: null, mistake: 'elsewhere' }),
      finding('pier', { id: idOf(3) }),
      finding('berlin', { stated: { lat: 1, lon: 2 } }),
    ];
    keepAudit(file, REPORT, kept);
    const seen: string[] = [];
    for (let query: string | null = '?limit=1'; query !== null; ) {
      const { implausible, report, cursor } = await page(query);
      expect(report).toEqual(REPORT);
      for (const { id, thumbnail } of implausible) {
        seen.push(id);
        expect(thumbnail).toBe(`/v1/references/${id}/thumbnail`);
      }
      query = cursor === null ? null : `?limit=1&cursor=${cursor}`;
    }
    expect(seen).toEqual([world.photo('gdansk').id, world.photo('suva').id]);
    const { implausible } = await page();
    expect(implausible[1]).toMatchObject({ suggested: null, mistake: 'elsewhere', false_alarm_probability: 0.01 });
  });

  it('rounds positions as every answer does, and refuses a cursor that no page gave', async () => {
    const server = await world.serve({ round_km: 10 });
    const { implausible } = auditSchema.parse(await (await server.get('/v1/audit')).json());
    const { point } = world.photo('gdansk');
    expect(implausible[0]?.stated).not.toEqual(point);
    expect(implausible[0]?.suggested).not.toEqual({ lat: -point.lat, lon: point.lon });
    expect(await problemOf(await server.get('/v1/audit?cursor=x'))).toMatchObject({ code: 'bad_cursor' });
  });
});
