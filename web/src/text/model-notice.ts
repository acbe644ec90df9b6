import { t } from './language.js';

/** The model that comes with the program; the page has its notice in the reader's language. */
export const POCKET = 'pocket';

/** A notice to read before the answer, such as that the pocket model knows no photos; null where there is none. */
export function modelNotice(notice: string | null, modelName: string | undefined): string | null {
  return modelName === POCKET ? t.value.verdict.noPhotos : notice;
}
