import { t } from './language.js';

/** The model that comes with the program, whose notice the page has in the reader's language. */
export const POCKET = 'pocket';

/** What must be read before the answer, such as that the pocket model knows no photos; null where there is nothing. */
export function modelNotice(notice: string | null, modelName: string | undefined): string | null {
  return modelName === POCKET ? t.value.verdict.noPhotos : notice;
}
