import { z } from 'zod';
import { fault } from '../../../domain/errors.js';
import { type HubClient, readText } from './hub-client.js';
import { safePath } from './safe-path.js';
import { withStallLimit } from './stall-limit.js';

const LISTING_BYTES_MAX = 16 << 20;

const size = z.number().int().nonnegative();
const schema = z.looseObject({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(
    z.looseObject({
      rfilename: z.string(),
      size: size.nullish(),
      blobId: z.string().nullish(),
      lfs: z.looseObject({ sha256: z.string().nullish(), size: size.nullish() }).nullish(),
    }),
  ),
  cardData: z.unknown(),
  tags: z.array(z.string()).nullish(),
});

/** A file in the hub's list. */
export interface HubFile {
  readonly path: string;
  /** Null where a mirror's list has no sizes. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** git's sha-1 of `blob <bytes>\0` and the content. */
  readonly gitSha1: string | null;
}

export interface HubListing {
  /** 40 hex digits: the commit that the revision points to. */
  readonly commit: string;
  readonly files: ReadonlyMap<string, HubFile>;
  readonly cardData: unknown;
  readonly tags: readonly string[];
}

/** @throws `hub_bad_answer`, `hub_bad_path`, and what asking the hub throws */
export function listModel(client: HubClient, id: string, revision: string, signal?: AbortSignal): Promise<HubListing> {
  const host = client.endpoint.host;
  return withStallLimit(client.stallMs, signal, `the list of files of ${id}`, async (limited) => {
    const { response } = await client.list(id, revision, limited);
    return parseListing(await readText(response, host, LISTING_BYTES_MAX), host);
  });
}

function parseListing(text: string, host: string): HubListing {
  const parsed = schema.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    throw fault(
      'hub_bad_answer',
      `Expected the hub's list of files from ${host}, got something else: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}. Check that HF_ENDPOINT speaks the hub's protocol.`,
    );
  }
  const { sha, siblings, cardData, tags } = parsed.data;
  const files = siblings.map((file): HubFile => {
    const linked = file.lfs ?? null;
    return {
      path: safePath(file.rfilename),
      bytes: linked?.size ?? file.size ?? null,
      sha256: hex(linked?.sha256, 64),
      // For a large file this is the sha-1 of the pointer that git has in its place.
      gitSha1: linked === null ? hex(file.blobId, 40) : null,
    };
  });
  return { commit: sha, files: new Map(files.map((file) => [file.path, file])), cardData, tags: tags ?? [] };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const hex = (text: string | null | undefined, digits: number): string | null =>
  text?.length === digits && /^[0-9a-f]+$/.test(text) ? text : null;
