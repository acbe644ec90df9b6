import { present } from '../../domain/present.js';
import type { ClusterNode } from './cluster-address.js';

/**
 * `fine`: it has all that writers noted. `away`: it did not answer. `behind`: it answers, but has not been seen to have what
 * was written while it was away; every node is at the start of a process.
 */
type NodeState = 'fine' | 'away' | 'behind';

/** Replicas of each object, whatever the number of nodes. */
export const REPLICAS = 3;

/** The states of the cluster's nodes, as this process found them. */
export class NodeStates {
  readonly #states: Map<ClusterNode, NodeState>;
  #first = 0;

  constructor(readonly nodes: readonly ClusterNode[]) {
    this.#states = new Map(nodes.map((node) => [node, 'behind']));
  }

  of(node: ClusterNode): NodeState {
    return this.#states.get(node) ?? 'behind';
  }

  set(node: ClusterNode, state: NodeState): void {
    this.#states.set(node, state);
  }

  count(state: NodeState): number {
    return [...this.#states.values()].filter((one) => one === state).length;
  }

  /** The order in which to ask: `fine` nodes first, and among equals the one that answered last. */
  inTurn(): readonly ClusterNode[] {
    const turned = this.nodes.map((_, i) => present(this.nodes[(this.#first + i) % this.nodes.length]));
    return (['fine', 'behind', 'away'] as const).flatMap((state) => turned.filter((node) => this.of(node) === state));
  }

  answered(node: ClusterNode): void {
    this.#first = this.nodes.indexOf(node);
    if (this.of(node) === 'away') this.set(node, 'behind');
  }

  /**
   * Whether an answer of this node may lack something. With more nodes than replicas, the node that is asked chooses which
   * nodes answer.
   */
  isDegraded(node: ClusterNode): boolean {
    return this.of(node) !== 'fine' || (this.nodes.length > REPLICAS && this.count('fine') < this.nodes.length);
  }
}
