import type { Candidate, LocateAnswer } from '../api/types.js';

type Evidence =
  | 'candidates'
  | 'neighbours'
  | 'captions'
  | 'posterior'
  | 'blend'
  | 'hints'
  | 'photo_facts'
  | 'reason'
  | 'model'
  | 'took_ms';

/** The part of an answer that a photo keeps while another is shown: without the evidence. */
export interface AnswerSummary extends Omit<LocateAnswer, Evidence | 'embedding'> {
  readonly candidates: readonly Omit<Candidate, 'because'>[];
}

export function summaryOf(answer: LocateAnswer): AnswerSummary {
  const { neighbours: _n, captions: _c, posterior: _p, blend: _b, hints: _h, ...more } = answer;
  const { photo_facts: _f, reason: _r, model: _m, took_ms: _t, candidates, ...kept } = more;
  return { ...kept, candidates: candidates.slice(0, 1).map(({ because: _because, ...candidate }) => candidate) };
}
