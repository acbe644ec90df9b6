import { callerError } from '../../domain/errors.js';
import { deleteReferences } from '../../references/embedded/delete-references.js';
import type { StoredReference } from '../../references/reader.js';
import { type Command, JSON_FLAG } from '../command.js';
import { print, printJson, withApp } from '../with-app.js';

export const referenceShow: Command = {
  name: 'reference show',
  arguments: 'ID...',
  summary: 'Show references: position, time, sources, licence.',
  examples: ['streetdex reference show 3f1c… --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [1, 1000],
  run: ({ config, positionals, on }) =>
    withApp(config, async (app) => {
      const reader = await app.references();
      const found = positionals.map((id) => {
        const reference = reader.get(id);
        if (reference === null)
          throw callerError(
            'reference_not_found',
            `Expected the id of a reference of this index; there is none with the id ${id}.`,
          );
        return reference;
      });
      if (on('json')) printJson(found);
      else print(found.map(describe).join('\n\n'));
      return undefined;
    }),
};

export const referenceDelete: Command = {
  name: 'reference delete',
  arguments: 'ID...',
  summary: 'Delete references from the index; the files they came from are not touched.',
  examples: ['streetdex reference delete 3f1c… --index indexes/city'],
  flags: { json: JSON_FLAG },
  settings: ['index'],
  positionals: [1, 10_000],
  run: ({ config, positionals, on }) =>
    withApp(config, async (app) => {
      const { deleted, missing } = await deleteReferences(app.indexFolder(), positionals);
      if (on('json')) printJson({ deleted, missing });
      else
        print(
          `Deleted ${deleted.length} reference${deleted.length === 1 ? '' : 's'}.${missing.length > 0 ? ` Not in the index: ${missing.join(', ')}.` : ''}`,
        );
      return missing.length > 0 ? 2 : 0;
    }),
};

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
