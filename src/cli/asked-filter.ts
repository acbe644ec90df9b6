import type { App } from '../app.js';
import type { ReferenceFilter } from '../references/reader.js';
import type { Invocation } from './command.js';
import { readFilter } from './read-filter.js';

/** The filter of a command's flags, tags included; undefined for all references. @throws as `readFilter`, `Tags.narrow` */
export async function askedFilter(
  app: App,
  invocation: Pick<Invocation, 'text' | 'texts'>,
): Promise<ReferenceFilter | undefined> {
  const filter = readFilter(invocation);
  const { reader } = await app.index();
  return (await app.tags()).narrow(filter, invocation.texts('tag'), reader.modelId);
}
