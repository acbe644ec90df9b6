import type { IntervalJson } from '../evaluation.js';

/** 63.1 */
export function one(value: number): string {
  return value.toFixed(1);
}

/** Kilometres to three significant figures: 0.42, 8.31, 142, 9 870. */
export function kilometres(km: number): string {
  if (km >= 1000) return Math.round(km).toLocaleString('en').replaceAll(',', '\u202f');
  return km >= 100 ? km.toFixed(0) : km >= 10 ? km.toFixed(1) : km.toFixed(2);
}

export function count(value: number): string {
  return value.toLocaleString('en').replaceAll(',', '\u202f');
}

/** 60.2–65.9 */
export function range({ low, high }: IntervalJson, format: (value: number) => string = one): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `${format(low)}–${format(high)}` : '';
}

/** +3.1, −0.4 */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  return value > 0 ? `+${text}` : value < 0 && text !== '0.0' ? `−${text}` : text;
}
