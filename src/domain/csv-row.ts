/** A line of CSV (RFC 4180) without its end; null is an empty field. `client/csv-line.ts` is the browser's own. */
export function csvRow(values: readonly (string | number | null)[]): string {
  return values.map((value) => quoted(String(value ?? ''))).join(',');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
