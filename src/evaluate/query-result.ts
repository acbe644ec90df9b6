import type { Verdict } from '../api/types.js';
import type { GeoPoint } from '../domain/geo-point.js';

/** One side's answer (retrieval, captions, blend, or a further one) to one query. */
export interface SideResult {
  readonly point: GeoPoint;
  readonly errorKm: number;
  readonly probability: number;
  readonly spread: number;
  readonly radius50Km: number;
  readonly radius90Km: number;
  /** Whether the reverse-geocoded answer names the truth's country, region and city; null where the truth has none. */
  readonly countryHit: boolean | null;
  readonly regionHit: boolean | null;
  readonly cityHit: boolean | null;
}

/** A neighbour or caption behind an answer, for the report. */
export interface ShownEvidence {
  readonly neighbours: readonly { readonly id: string; readonly score: number; readonly point: GeoPoint }[];
  readonly captions: readonly { readonly text: string; readonly probability: number }[];
}

/** The measurements of one query. */
export interface QueryResult {
  readonly id: string;
  readonly cluster: string;
  readonly part: string | null;
  readonly file: string | null;
  readonly truth: GeoPoint;
  /** The truth's country; null at sea. */
  readonly iso2: string | null;
  /** By name of the side, in the order of the table; null where a side can't answer. */
  readonly sides: Readonly<Record<string, SideResult | null>>;
  /** The blend's verdict, the level that it names, and whether it is wrong at that level (null where it names none). */
  readonly verdict: {
    readonly word: Verdict['word'];
    readonly level: Verdict['level'];
    readonly wrong: boolean | null;
  };
  /** Best cosine of the references; null where there are none (after exclusions). */
  readonly bestScore: number | null;
  /** ε_r */
  readonly notIndexed: number;
  readonly evidence: ShownEvidence;
  readonly tookMs: { readonly search: number; readonly judge: number };
}
