const LEAST = 0.001;
const MOST = 0.99;

/** 0.624 as `62 %`. What is not certain is neither called 100 % nor 0 %. */
export function percentIn(language: string, share: number): string {
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits });
  if (share > 0 && share < LEAST / 2) return `< ${format.format(LEAST)}`;
  if (share < 1 && share >= (MOST + 1) / 2) return `> ${format.format(MOST)}`;
  return format.format(share);
}

/** 45 s, 12 min, 3 h 20 min: as exact as a guess of what is left can be. */
export function durationIn(language: string, seconds: number): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds <= 99) return unit(Math.ceil(seconds), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 99) return unit(minutes, 'minute');
  return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}
