import { z } from 'zod';
import { hasCode } from '../../domain/errors.js';
import type { ClusterClient } from './cluster-client.js';

const nodesSchema = z.object({
  nodes: z.array(z.object({ name: z.string(), version: z.string().default(''), status: z.string() })).default([]),
});
const storedSchema = z.array(
  z.object({
    result: z.object({ errors: z.object({ error: z.array(z.object({ message: z.string() })) }).nullish() }).nullish(),
  }),
);
const dataSchema = z.object({ properties: z.object({ data: z.string() }), lastUpdateTimeUnix: z.number() });
type Data = z.infer<typeof dataSchema>;
/** Two of three replicas: one of them took the last write of two of three. */
const QUORUM = 2;

/** The cluster's nodes, as it calls them; none where it does not say. */
export async function nodesOf(client: ClusterClient): Promise<z.infer<typeof nodesSchema>['nodes']> {
  return nodesSchema.parse((await client.rest('GET', '/nodes')) ?? {}).nodes;
}

/** `data` of an object of the summaries, by two of three replicas, since a node that was away may be asked; null for none. */
export async function dataOf(client: ClusterClient, collection: string, uuid: string): Promise<string | null> {
  const path = `/objects/${collection}/${uuid}`;
  try {
    const found = await client.rest('GET', `${path}?consistency_level=QUORUM`);
    return found === null ? null : dataSchema.parse(found).properties.data;
  } catch (error) {
    if (!hasCode(error, 'cluster_failed')) throw error;
    // The read made an older replica like the newer one, and failed with it: that node's disk is full.
    const replicas = await replicasOf(client, path);
    if (replicas.length < QUORUM) throw error;
    return replicas.reduce((one, other) => (other.lastUpdateTimeUnix > one.lastUpdateTimeUnix ? other : one)).properties
      .data;
  }
}

/** Each node's own replica of an object, of nodes that answer and have it. */
async function replicasOf(client: ClusterClient, path: string): Promise<readonly Data[]> {
  const nodes = await nodesOf(client);
  const answers = await Promise.allSettled(nodes.map(({ name }) => client.rest('GET', `${path}?node_name=${name}`)));
  return answers.flatMap((answer) =>
    answer.status === 'fulfilled' && answer.value !== null ? [dataSchema.parse(answer.value)] : [],
  );
}

/** Of a batch's objects those that were not stored, by their place in it. */
export function unstoredOf(answer: unknown): readonly { readonly at: number; readonly message: string }[] {
  return storedSchema.parse(answer).flatMap(({ result }, at) => {
    const [first] = result?.errors?.error ?? [];
    return first === undefined ? [] : [{ at, message: first.message }];
  });
}
