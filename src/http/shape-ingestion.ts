import type { Ingestion } from '../api/types.js';
import type { IngestionStatus } from '../ingest/ingestion.js';

export function shapeIngestion(status: IngestionStatus): Ingestion {
  const { startedAt, endedAt, secondsLeft, ...rest } = status;
  return { ...rest, started_at: startedAt, ended_at: endedAt, seconds_left: secondsLeft };
}
