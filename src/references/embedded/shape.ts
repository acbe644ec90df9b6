/**
 * What each field of a record that was read is to be. Not a zod schema, which is how the rest of the program reads: zod takes 50 ms
 * of processor time to load, and every thread that holds a graph would wait for it.
 */
export type Shape<Value> = { readonly [Key in keyof Value]: (value: unknown) => value is Value[Key] };

/** Whether a value has every field as it is to be; others are let pass. */
export function hasShape<Value>(value: unknown, shape: Shape<Value>): value is Value {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return Object.entries<(value: unknown) => boolean>(shape).every(([name, fits]) => fits(fields.get(name)));
}

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
export const isNumber = (value: unknown): value is number => Number.isFinite(value);
export const isAnything = (_: unknown): _ is unknown => true;

export function is<Value extends string | number>(wanted: Value): (value: unknown) => value is Value {
  return (value): value is Value => value === wanted;
}

export function isOrNull<Value>(shape: Shape<Value>): (value: unknown) => value is Value | null {
  return (value): value is Value | null => value === null || hasShape(value, shape);
}
