import { fault } from '../domain/errors.js';

/** @throws `usage` */
export function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw fault('usage', `Expected --${flag} to be a whole number of at least 1, but got ${text}.`);
}
