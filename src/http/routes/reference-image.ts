import type { Response } from 'express';
import { fault } from '../../domain/errors.js';
import { imageType } from '../image-type.js';
import { leaveFlight } from '../limits.js';
import { pathId } from '../path-id.js';
import { call, type Route, type RouteParts } from '../route.js';
import { FOR_A_DAY, isFresh, sendThumbnail } from '../send-thumbnail.js';
import { withoutMetadata } from '../thumbnail.js';
import { findReference } from './get-reference.js';

export function referenceImageRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/references/{id}/image'),
    scope: 'read',
    summary: "A reference's photo",
    description: 'Its own bytes; where the server coarsens its answers, a copy without metadata.',
    problems: [404, 413, 422, 503],
    handle: async (request, response) => {
      const { reader, photos } = await parts.index();
      const { id } = await findReference(reader, pathId(request));
      response.setHeader('Cache-Control', FOR_A_DAY);
      if (isFresh(request, response, parts.config.round_km > 0 ? `${id}-plain` : id)) return;
      const path = requirePath(await photos.file(id), id);
      if (parts.config.round_km > 0) {
        response.type('image/jpeg').send(await withoutMetadata(path, parts.config.pixels_max, parts.decodeMemory));
        return;
      }
      const type = await imageType(path).catch(() => requirePath(null, id));
      if (type === null) response.setHeader('Content-Disposition', `attachment; filename="${id}"`);
      response.setHeader('Content-Type', type ?? 'application/octet-stream');
      // What is left is the caller's to read, as slowly as it likes.
      leaveFlight(response);
      await sendFile(response, path, id);
    },
  };
}

export function referenceThumbnailRoute({ parts, thumbnailOf }: RouteParts): Route {
  return {
    ...call('GET /v1/references/{id}/thumbnail'),
    scope: 'read',
    summary: "A reference's photo, at most 320 pixels a side",
    problems: [404, 413, 422, 503],
    handle: async (request, response) => {
      const { reader, photos } = await parts.index();
      const { id } = await findReference(reader, pathId(request));
      const file = async () =>
        (await photos.file(id)) ?? (await photos.thumbnails?.([id]))?.get(id) ?? requirePath(null, id);
      await sendThumbnail(request, response, { id, file, thumbnailOf });
    },
  };
}

/** @throws `image_not_found` */
function requirePath(path: string | null, id: string): string {
  if (path === null) {
    throw fault('image_not_found', `No file with the bytes of reference ${id} is left; it was moved or deleted.`);
  }
  return path;
}

function sendFile(response: Response, path: string, id: string): Promise<void> {
  return new Promise((resolve, reject) => {
    response.sendFile(path, { dotfiles: 'allow', cacheControl: false }, (error?: Error & { code?: string }) => {
      if (error === undefined || response.headersSent) resolve();
      else if (error.code === 'ENOENT') reject(fault('image_not_found', `The file of reference ${id} is gone.`));
      else reject(error);
    });
  });
}
