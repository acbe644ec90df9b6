/** A setting that a fit changes, within bounds; its steps are even on the scale `log` or `logit`. */
export interface Knob {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly scale: 'linear' | 'log' | 'logit';
}

/** A value on the knob's own scale; values beyond the bounds count as at them. */
export function toScale({ scale, low, high }: Knob, value: number): number {
  const inside = Math.min(high, Math.max(low, value));
  if (scale === 'log') return Math.log(inside);
  return scale === 'logit' ? Math.log(inside / (1 - inside)) : inside;
}

export function fromScale({ scale, low, high }: Knob, at: number): number {
  const value = scale === 'log' ? Math.exp(at) : scale === 'logit' ? 1 / (1 + Math.exp(-at)) : at;
  return Math.min(high, Math.max(low, value));
}
