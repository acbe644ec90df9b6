import type { FailureFilter } from './journal.js';

/** Of a table `f` of failures, for whichever engine. @param root where it has the path of a failure's root */
export function failureColumns(root: string): string {
  return `f.id, ${root} AS root, f.path, f.code, f.reason, f.at, f.photo_id AS photoId, f.run_id AS run`;
}

export function failureConditions(
  { run, code, text }: FailureFilter,
  root: string,
): { readonly where: string; readonly values: readonly unknown[] } {
  const all: (readonly [sql: string, value: unknown])[] = [
    ...(run === undefined ? [] : [['f.run_id = ?', run] as const]),
    ...(code === undefined ? [] : [['f.code = ?', code] as const]),
    // Not in the root's own path, which is not everyone's to find out.
    ...(text === undefined
      ? []
      : [[`instr(lower(f.path || char(10) || replace(f.reason, ${root}, '')), lower(?)) > 0`, text] as const]),
  ];
  return {
    where: all.length === 0 ? '' : `WHERE ${all.map(([sql]) => sql).join(' AND ')}`,
    values: all.map(([, value]) => value),
  };
}
