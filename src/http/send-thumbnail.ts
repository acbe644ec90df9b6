import type { Request, Response } from 'express';
import type { ThumbnailOf } from './thumbnail.js';

/** The id is the bytes, so they never change. */
export const FOR_A_DAY = 'private, max-age=86400, immutable';

/** Sends a photo's thumbnail as WebP or JPEG, as the caller accepts. `file` is asked only where neither the caller nor the server has it. */
export async function sendThumbnail(
  request: Request,
  response: Response,
  {
    id,
    file,
    thumbnailOf,
  }: {
    readonly id: string;
    readonly file: () => Promise<string | Uint8Array>;
    readonly thumbnailOf: ThumbnailOf;
  },
): Promise<void> {
  const format = request.accepts(['image/webp', 'image/jpeg']) === 'image/jpeg' ? 'jpeg' : 'webp';
  response.vary('Accept').setHeader('Cache-Control', FOR_A_DAY);
  if (isFresh(request, response, `${id}-${format}`)) return;
  const bytes = await thumbnailOf(id, file, format);
  response.type(`image/${format}`).send(bytes);
}

/** Names what is answered; where the caller has it already, says so and is done, without a look at the file. */
export function isFresh(request: Request, response: Response, tag: string): boolean {
  response.setHeader('ETag', `"${tag}"`);
  if (!request.fresh) return false;
  response.status(304).end();
  return true;
}
