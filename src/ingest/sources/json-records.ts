import { type ColumnName, type Columns, findColumns } from './manifest-columns.js';
import { isJsonObject, type JsonObject, textOf } from './read-json-file.js';

/** A JSON object as texts by key; a nested value has the key `group:key`, as with ExifTool's -g. */
export type FlatRecord = ReadonlyMap<string, string | null>;

export function flatRecord(value: JsonObject): FlatRecord {
  const flat = new Map<string, string | null>();
  for (const [key, one] of Object.entries(value)) {
    if (isJsonObject(one) && !('coordinates' in one)) {
      for (const [inner, deeper] of Object.entries(one)) flat.set(`${key}:${inner}`, cellOf(deeper));
    } else flat.set(key, cellOf(one));
  }
  return flat;
}

/** JSON objects as records of one table, whose columns are the keys of all of them. */
export class JsonTable {
  readonly names: readonly string[];
  readonly columns: Columns;
  /** Columns of objects that name a fact differently from the first one. */
  readonly #ownColumns = new Map<string, Columns>();

  constructor(objects: Iterable<FlatRecord>) {
    const names = new Set<string>();
    for (const object of objects) for (const key of object.keys()) names.add(key);
    this.names = [...names];
    this.columns = findColumns(this.names);
  }

  values(object: FlatRecord): (string | null)[] {
    const values = this.names.map((name) => object.get(name) ?? null);
    for (const [column, at] of this.columns.at) values[at] ??= this.#otherwise(object, column);
    return values;
  }

  #otherwise(object: FlatRecord, column: ColumnName): string | null {
    const keys = [...object.keys()];
    const form = keys.join('\0');
    const own = this.#ownColumns.get(form) ?? findColumns(keys);
    this.#ownColumns.set(form, own);
    return object.get(keys[own.at.get(column) ?? -1] ?? '') ?? null;
  }
}

/** A list of words (several creators) becomes one text; GeoJSON coordinates stay as they are. */
function cellOf(value: unknown): string | null {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ');
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : textOf(value);
}
