import { z } from 'zod';
import type { ClusterClient } from './cluster-client.js';

const nodesSchema = z.object({
  nodes: z.array(z.object({ name: z.string(), version: z.string().default(''), status: z.string() })).default([]),
});
const storedSchema = z.array(
  z.object({
    result: z.object({ errors: z.object({ error: z.array(z.object({ message: z.string() })) }).nullish() }).nullish(),
  }),
);
const dataSchema = z.object({ properties: z.object({ data: z.string() }) }).nullable();

/** The cluster's nodes, as it calls them; none where it does not say. */
export async function nodesOf(client: ClusterClient): Promise<z.infer<typeof nodesSchema>['nodes']> {
  return nodesSchema.parse((await client.rest('GET', '/nodes')) ?? {}).nodes;
}

/** `data` of an object of the summaries, by two of three replicas, since a node that was away may be asked; null for none. */
export async function dataOf(client: ClusterClient, collection: string, uuid: string): Promise<string | null> {
  const found = await client.rest('GET', `/objects/${collection}/${uuid}?consistency_level=QUORUM`);
  return dataSchema.parse(found)?.properties.data ?? null;
}

/** Of a batch's objects those that were not stored, by their place in it. */
export function unstoredOf(answer: unknown): readonly { readonly at: number; readonly message: string }[] {
  return storedSchema.parse(answer).flatMap(({ result }, at) => {
    const [first] = result?.errors?.error ?? [];
    return first === undefined ? [] : [{ at, message: first.message }];
  });
}
