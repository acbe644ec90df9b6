/** Each includes those before it. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  readonly scope: Scope;
  readonly sha256: Buffer;
}

/** Names a key in a log: the first digits of its hash, by which the operator finds its line in the file of keys. */
export const keyId = (key: ApiKey): string => key.sha256.toString('hex').slice(0, 16);
