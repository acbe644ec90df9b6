import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

export interface ClusterNode {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
}

export function nameOf({ host, port }: Pick<ClusterNode, 'host' | 'port'>): string {
  return `${host}:${port}`;
}

/** Where a cluster's index is: `weaviate://host:port:grpc[,host:port:grpc…]/Name`; `weaviates://` by TLS. */
export interface ClusterAddress {
  readonly nodes: readonly ClusterNode[];
  readonly secure: boolean;
  /** Name of the collection. */
  readonly name: string;
}

const PORT = 8080;
const GRPC_PORT = 50051;

export function isClusterAddress(location: string): boolean {
  return /^weaviates?:/i.test(location);
}

/** @throws `cluster_address_invalid` */
export function parseClusterAddress(location: string): ClusterAddress {
  const match = /^weaviate(s?):\/\/([^/]+)\/([A-Z][A-Za-z0-9_]{0,200})$/.exec(location);
  const nodes = match?.[2]?.split(',').map(parseNode) ?? [];
  if (match === null || nodes.includes(null)) {
    throw fault(
      'cluster_address_invalid',
      `Expected the address of a cluster like weaviate://host:8080:50051,other:8080:50051/Name, each node with its ports for HTTP and gRPC, and a name that begins with a capital letter; got ${location}.`,
    );
  }
  return { nodes: nodes.filter((node) => node !== null), secure: match[1] === 's', name: present(match[3]) };
}

function parseNode(text: string): ClusterNode | null {
  const match = /^(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const [port, grpcPort] = [Number(match[2] ?? PORT), Number(match[3] ?? GRPC_PORT)];
  return [port, grpcPort].every((one) => one >= 1 && one <= 65_535)
    ? { host: present(match[1]), port, grpcPort }
    : null;
}
