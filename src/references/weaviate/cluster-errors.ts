import { fault, StreetdexError } from '../../domain/errors.js';

export function messageOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly message?: string } };
  return [message, cause?.message].filter(Boolean).join(': ');
}

/** Whether the node did not answer, so that another may. */
export function isAway(error: unknown): boolean {
  return /fetch failed|ECONNREFUSED|ECONNRESET|EPIPE|UNAVAILABLE|DEADLINE_EXCEEDED|timed? ?out|aborted|TimeoutError|\b50[234]\b/i.test(
    `${(error as Error).name} ${messageOf(error)}`,
  );
}

/** Whether the node itself is gone, rather than another node that it waited for. */
export function isRefused(error: unknown): boolean {
  return /ECONNREFUSED|ECONNRESET|EPIPE/i.test(messageOf(error));
}

/** An error of the cluster as one of ours. */
export function clusterError(error: unknown): unknown {
  if (error instanceof StreetdexError) return error;
  const message = messageOf(error);
  if (/\b(401|403)\b|UNAUTHENTICATED|PERMISSION_DENIED|forbidden/i.test(message)) {
    return fault(
      'cluster_forbidden',
      `The cluster refused the key, or what was asked with it: ${message}. Set STREETDEX_WEAVIATE_API_KEY to a key that may do this.`,
      { cause: error },
    );
  }
  return fault('cluster_failed', `The cluster could not do what was asked: ${message}`, { cause: error });
}
