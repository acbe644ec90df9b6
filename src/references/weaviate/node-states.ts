import type { ClusterNode } from './cluster-address.js';

/**
 * `fine`: it has all that was noted. `away`: it did not answer. `behind`: it answers, and nobody has seen yet that it has what it
 * slept through; so is each node for a process that has just begun.
 */
type NodeState = 'fine' | 'away' | 'behind';

/** Of each object, whatever the number of nodes. */
export const REPLICAS = 3;

/** How a process has found the nodes of its cluster. */
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

  /** In which order to ask: those that have everything before those that may not, and first who answered last. */
  inTurn(): readonly ClusterNode[] {
    const turned = this.nodes.map((_, i) => this.nodes[(this.#first + i) % this.nodes.length] as ClusterNode);
    return (['fine', 'behind', 'away'] as const).flatMap((state) => turned.filter((node) => this.of(node) === state));
  }

  answered(node: ClusterNode): void {
    this.#first = this.nodes.indexOf(node);
    if (this.of(node) === 'away') this.set(node, 'behind');
  }

  /** With more nodes than replicas the node that is asked chooses who answers. */
  isDegraded(node: ClusterNode): boolean {
    return this.of(node) !== 'fine' || (this.nodes.length > REPLICAS && this.count('fine') < this.nodes.length);
  }
}
