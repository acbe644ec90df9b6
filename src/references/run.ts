export type RunState = 'running' | 'finished' | 'stopped' | 'failed';

/** One run of an ingest: what it was asked and what it did. A run that still says `running` without a writer was killed. */
export interface Run {
  readonly id: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly arguments: unknown;
  readonly counts: Readonly<Record<string, number>>;
  readonly state: RunState;
}
