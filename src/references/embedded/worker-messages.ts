import type { SentError } from '../../domain/sent-error.js';
import type { ReferenceFilter } from '../reader.js';
import type { CountryMean, SelfSimilarity } from '../summaries.js';
import type { ChangedMeans } from './country-means.js';
import type { CheckpointResult } from './graph-keeper.js';

/** What a graph worker is started for: `follow` searches and follows an index, `keep` builds its graph for a writer. */
export type WorkerSetup =
  | {
      readonly role: 'follow';
      readonly folder: string;
      /** Searches are answered only while the store has this id. */
      readonly storeId: string;
      readonly pollMs: number;
      readonly ef?: number;
      readonly bruteForceMax?: number;
    }
  | { readonly role: 'keep'; readonly folder: string; readonly ahead: boolean };

/** State of a follower. */
export interface FollowerState {
  readonly references: number;
  /** Number of the last change that searches take into account. */
  readonly lastChange: number;
  readonly generation: number;
  /** References that are not in the graph yet; they are searched by brute force. */
  readonly pending: number;
  readonly tombstones: number;
  /** Why the graph on disk was not used; null when it was. */
  readonly graphProblem: string | null;
  readonly selfSimilarity: SelfSimilarity | null;
}

export interface NeighbourRequest {
  readonly query: Float32Array;
  readonly k: number;
  readonly filter?: ReferenceFilter;
  readonly exact?: boolean;
  readonly ef?: number;
}

/** Neighbours in columns: copying a thousand objects between threads takes longer than finding them. */
export interface NeighbourColumns {
  readonly ids: readonly string[];
  readonly scores: Float64Array;
  readonly lats: Float64Array;
  readonly lons: Float64Array;
  readonly sequences: readonly (string | null)[];
  readonly authors: readonly (string | null)[];
  readonly iso2s: readonly (string | null)[];
}

/** Calls that a graph worker answers: argument and result. */
export interface WorkerCalls {
  open: [undefined, FollowerState];
  neighbours: [NeighbourRequest, NeighbourColumns];
  meansWithout: [NonNullable<ReferenceFilter['exclude']>, ChangedMeans];
  sync: [undefined, FollowerState];
  checkpoint: [{ readonly rebuild?: boolean }, CheckpointResult];
  close: [undefined, null];
}

export type WorkerRequest = {
  [Name in keyof WorkerCalls]: {
    readonly number: number;
    readonly call: Name;
    readonly argument: WorkerCalls[Name][0];
  };
}[keyof WorkerCalls];

export type WorkerReply =
  | { readonly number: number; readonly result: unknown }
  | { readonly number: number; readonly error: SentError }
  | { readonly state: FollowerState; readonly means?: readonly CountryMean[] };
