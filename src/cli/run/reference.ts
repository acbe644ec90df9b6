import { hasCode } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { ReferenceReader, StoredReference } from '../../references/reader.js';
import type { Run } from '../command.js';
import { findReference, requireReference } from '../find-reference.js';
import { print, printJson } from '../print.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const DELETED_SHOWN = 20;

export const referenceShow: Run = ({ config, positionals, on }) =>
  withApp(
    config,
    async (app) => {
      const { reader } = await app.index();
      const found: StoredReference[] = [];
      for (const id of positionals)
        found.push(present((await reader.get(await requireReference(reader, id))) ?? undefined));
      if (on('json')) printJson(found);
      else print(found.map(describe).join('\n\n'));
      return undefined;
    },
    { once: true },
  );

export const referenceDelete: Run = ({ config, positionals, on }) =>
  withApp(
    config,
    async (app) => {
      const { reader } = await app.index();
      const asked = await Promise.all(positionals.map(async (id) => ({ id, found: await findReference(reader, id) })));
      const ids = [...new Set(asked.flatMap(({ found }) => found ?? []))];
      const unknown = asked.flatMap(({ id, found }) => (found === null ? [id] : []));
      const dryRun = on('dry-run');
      const plan = await describeDeletion(reader, ids, app.indexLocation());
      if (!dryRun && !on('json') && ids.length > 0) process.stderr.write(`${plan}\n`);
      const { deleted, missing } = dryRun ? { deleted: ids, missing: [] } : await app.deleteReferences(ids);
      const absent = [...unknown, ...missing];
      if (on('json')) printJson({ ...(dryRun ? { dry_run: true } : {}), deleted, missing: absent });
      else {
        if (dryRun) print(`Nothing is changed by this dry run. It would do:\n${plan}`);
        else print(`Deleted ${counted(deleted.length)}.`);
        if (absent.length > 0) print(`Not in the index: ${absent.join(', ')}.`);
      }
      return absent.length > 0 ? 2 : 0;
    },
    { once: true },
  );

async function describeDeletion(reader: ReferenceReader, ids: readonly string[], index: string): Promise<string> {
  const shown = ids.slice(0, DELETED_SHOWN);
  const found = await reader.getMany(shown).catch((error: unknown) => {
    // A row that changed on the disk can't be shown, and deleting it is the way to be rid of it.
    if (hasCode(error, 'database_corrupt')) return new Map<string, StoredReference>();
    throw error;
  });
  const rows = shown.map((id) => {
    const { point, sources = [] } = found.get(id) ?? {};
    const position = point === undefined ? '' : `${point.lat.toFixed(5)}, ${point.lon.toFixed(5)}`;
    return [`  ${id.slice(0, 12)}`, position, sources[0]?.path ?? ''];
  });
  return [
    `Delete ${counted(ids.length)} of ${index}, with vectors and sources. Photos stay where they are; only copies that the index keeps of uploads go too.`,
    ...(rows.length > 0 ? [table(rows, ['  id', 'position', 'source'])] : []),
    ...(ids.length > rows.length ? [`  and ${ids.length - rows.length} more`] : []),
  ].join('\n');
}

function counted(references: number): string {
  return `${references} reference${references === 1 ? '' : 's'}`;
}

function describe(reference: StoredReference): string {
  const facts: [string, string | number | null][] = [
    ['id', reference.id],
    ['position', `${reference.point.lat}, ${reference.point.lon}`],
    ['country', reference.iso2],
    ['captured', reference.capturedAt],
    ['heading', reference.headingDeg === null ? null : `${reference.headingDeg}°`],
    ['altitude', reference.altitudeM === null ? null : `${reference.altitudeM} m`],
    ['size', `${reference.width} x ${reference.height}, ${reference.bytes} bytes`],
    ['sequence', reference.sequence],
    ['author', reference.author],
    ['licence', reference.licence],
    ['attribution', reference.attribution],
    ['url', reference.url],
    ...reference.sources.map((source): [string, string] => ['source', `${source.root}/${source.path}`]),
  ];
  return facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(12)}${value}`)
    .join('\n');
}
