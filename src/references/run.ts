export type RunState = 'running' | 'finished' | 'stopped' | 'failed';

/** One run of an ingest: its arguments and counts. A run that is `running` while no writer is open was killed. */
export interface Run {
  readonly id: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly arguments: unknown;
  readonly counts: Readonly<Record<string, number>>;
  readonly state: RunState;
}
