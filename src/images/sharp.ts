import { packageWhenUsed } from '../config/package-when-used.js';

/** sharp. libvips would keep decoded files and operations for a second use, which never comes here. */
export const sharp = packageWhenUsed<typeof import('sharp')['default']>('sharp', (loaded) => loaded.cache(false));
