/** A setting that a fit turns, within bounds; `log` and `logit` say where its steps are even. */
export interface Knob {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly scale: 'linear' | 'log' | 'logit';
}

/** Where a value stands on the knob's own scale. Values beyond the bounds count as at them. */
export function toScale({ scale, low, high }: Knob, value: number): number {
  const inside = Math.min(high, Math.max(low, value));
  if (scale === 'log') return Math.log(inside);
  return scale === 'logit' ? Math.log(inside / (1 - inside)) : inside;
}

export function fromScale({ scale, low, high }: Knob, at: number): number {
  const value = scale === 'log' ? Math.exp(at) : scale === 'logit' ? 1 / (1 + Math.exp(-at)) : at;
  return Math.min(high, Math.max(low, value));
}
