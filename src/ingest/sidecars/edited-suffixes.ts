import { composed } from '../sources/compare-names.js';

/**
 * Suffixes that Google Photos adds to the name of an edited copy, which has no sidecar of its own: in the language of the
 * account, and in English for effects that it applied itself. From tools that read these exports (GooglePhotosTakeoutHelper's
 * list of extra formats among them), and from Google's other interface languages.
 */
const SUFFIXES = [
  ...['-edited', '-effects', '-smile', '-mix'],
  ...['-bearbeitet', '-modifié', '-modifiée', '-editado', '-editada', '-ha editado', '-modificato', '-modificata'],
  ...['-bewerkt', '-edytowane', '-edytowany', '-redigerad', '-redigeret', '-redigert', '-muokattu', '-breytt'],
  ...['-upravené', '-upraveno', '-upravený', '-szerkesztett', '-szerkesztve', '-düzenlendi', '-düzenlenmiş'],
  ...[
    '-editat',
    '-editată',
    '-uređeno',
    '-urejeno',
    '-redaguota',
    '-rediģēts',
    '-muudetud',
    '-diedit',
    '-đã chỉnh sửa',
  ],
  ...[
    '-отредактировано',
    '-изменено',
    '-відредаговано',
    '-редагування',
    '-редактирано',
    '-επεξεργασμένο',
    '-έγινε επεξεργασία',
  ],
  ...[
    '-編集済み',
    '-编辑',
    '-已编辑',
    '-已編輯',
    '-已修改',
    '-편집됨',
    '-수정됨',
    '-แก้ไข',
    '-แก้ไขแล้ว',
    '-נערך',
    '-معدّل',
    '-تم التعديل',
  ],
].map((suffix) => composed(suffix).toLowerCase());

/** At least so many characters of a suffix that was cut with its name. */
const CUT_LENGTH_MIN = 2;

/** A name (composed, without extension) as it was before editing; null where it does not look edited. */
export function beforeEditing(stem: string): string | null {
  // Every suffix has one, and most names have none.
  if (!stem.includes('-')) return null;
  const lower = stem.toLowerCase();
  const suffix = SUFFIXES.find((one) => lower.endsWith(one) && lower.length > one.length);
  return suffix === undefined ? null : stem.slice(0, -suffix.length);
}

/** The same for a name that was cut within the suffix. */
export function beforeCutEditing(stem: string): string | null {
  const dash = stem.lastIndexOf('-');
  const rest = stem.slice(dash).toLowerCase();
  if (dash <= 0 || rest.length < CUT_LENGTH_MIN) return null;
  return SUFFIXES.some((one) => one.startsWith(rest)) ? stem.slice(0, dash) : null;
}
