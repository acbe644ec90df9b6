/** Hue in degrees, saturation and lightness in [0, 1]. */
export interface Hsl {
  readonly h: number;
  readonly s: number;
  readonly l: number;
}

/** `#rrggbb` of a colour (CSS Color 4, HSL to sRGB); saturation and lightness are clamped. */
export function css({ h, s, l }: Hsl): string {
  const sat = clamp(s, 0, 1);
  const light = clamp(l, 0, 1);
  const reach = sat * Math.min(light, 1 - light);
  const channel = (n: number) => {
    const k = (((n + h / 30) % 12) + 12) % 12;
    return hex(255 * (light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

/** The colour with its lightness multiplied. */
export function lit(colour: Hsl, factor: number): Hsl {
  return { h: colour.h, s: colour.s, l: clamp(colour.l * factor, 0.02, 0.97) };
}

/** Linear mix of two `#rrggbb`, share 0 gives the first. */
export function mix(first: string, second: string, share: number): string {
  const channel = (at: number) => {
    const a = Number.parseInt(first.slice(at, at + 2), 16);
    const b = Number.parseInt(second.slice(at, at + 2), 16);
    return hex(a + (b - a) * share);
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** `#rrggbb` with every channel multiplied. */
export function shade(colour: string, factor: number): string {
  return factor <= 1 ? mix('#000000', colour, factor) : mix(colour, '#ffffff', Math.min(1, factor - 1));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function hex(value: number): string {
  return Math.round(clamp(value, 0, 255))
    .toString(16)
    .padStart(2, '0');
}
