export const WEAVIATE: string;
export function findServer(built: string): string | null;
export function startCluster(
  server: string,
  folder: string,
): Promise<{ readonly addresses: string; pids(): number[]; stop(): Promise<void> }>;
