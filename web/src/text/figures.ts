const LEAST = 0.001;
const MOST = 0.99;

/** 0.624 as `62%`, or `62 %` in languages with a space. What is not certain is never 100% or 0%. */
export function percentIn(language: string, share: number): string {
  const digits = share > 0 && share < 0.1 ? 1 : 0;
  const format = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits });
  if (share > 0 && share < LEAST / 2) return `< ${format.format(LEAST)}`;
  if (share < 1 && share >= (MOST + 1) / 2) return `> ${format.format(MOST)}`;
  return format.format(share);
}

/** 45 s, 12 min, 3 h 20 min: as exact as an estimate can be. */
export function durationIn(language: string, seconds: number): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour') =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (seconds <= 99) return unit(Math.ceil(seconds), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes <= 99) return unit(minutes, 'minute');
  return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}

const MOMENT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

/** A photo's local time, with its offset where that is known: `1 Jun 2019, 09:30 UTC+02:00`. */
export function momentIn(language: string, iso: string): string {
  const [, day, clock, zone] = MOMENT.exec(iso) ?? [];
  const date = new Date(day === undefined ? iso : `${day}T${clock}Z`);
  if (Number.isNaN(date.getTime())) return iso;
  const format = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeZone: 'UTC',
    ...(day !== undefined && { timeStyle: 'short' }),
  });
  const offset = zone === undefined ? '' : zone === 'Z' || zone.endsWith('00:00') ? ' UTC' : ` UTC${zone}`;
  return `${format.format(date)}${offset}`;
}
