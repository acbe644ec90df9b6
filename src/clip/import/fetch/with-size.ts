import { fault } from '../../../domain/errors.js';
import type { HubClient } from './hub-client.js';
import type { HubFile, HubListing } from './hub-listing.js';
import { withRetries } from './retry.js';
import { withStallLimit } from './stall-limit.js';

const asked = new WeakMap<HubFile, number>();

/** The file with its size. Where a mirror's list has no sizes, the file itself is requested, without reading its bytes. */
export async function withSize(
  client: HubClient,
  id: string,
  listing: HubListing,
  path: string,
  signal?: AbortSignal,
): Promise<HubFile & { readonly bytes: number }> {
  const file = listing.files.get(path);
  if (file === undefined) throw fault('model_file_missing', `Expected ${path} in ${id}, but it is not there.`);
  const bytes = file.bytes ?? asked.get(file);
  if (bytes !== undefined) return { ...file, bytes };
  const measured = await withRetries(client.pauseMs, signal, () =>
    withStallLimit(client.stallMs, signal, path, async (limited) => {
      const { response, bytes: linked } = await client.file(
        id,
        listing.commit,
        path,
        { from: 0, validator: null },
        limited,
      );
      await response.body?.cancel();
      return linked ?? Number(response.headers.get('content-length') ?? Number.NaN);
    }),
  );
  if (!Number.isSafeInteger(measured) || measured < 0) {
    throw fault('hub_bad_answer', `Expected ${client.endpoint.host} to say how long ${path} is, but it does not.`);
  }
  asked.set(file, measured);
  return { ...file, bytes: measured };
}
