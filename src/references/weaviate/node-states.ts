import { present } from '../../domain/present.js';
import type { ClusterNode } from './cluster-address.js';

/**
 * `fine`: it has all that was acknowledged 5 s ago. `away`: it did not answer. `behind`: it answers, and nobody has seen lately that
 * it has everything; so is each node for a process that has just begun.
 */
type NodeState = 'fine' | 'away' | 'behind';

/** Replicas of each object, whatever the number of nodes. */
export const REPLICAS = 3;

/** What was acknowledged is noted before: what a look that began so long ago found whole lacks nothing older. */
const LOOK_LASTS_MS = 5000;
/** So often in a row a node that was away has to have all that was noted. */
const FOUND_TIMES = 2;

interface Known {
  state: NodeState;
  /** How often it went away. */
  departures: number;
  /** When the last look that found everything began. */
  wholeMs: number;
  found: number;
}

/** How a process has found the nodes of its cluster. Times are those of `performance.now()`. */
export class NodeStates {
  readonly #known: ReadonlyMap<ClusterNode, Known>;
  /** Told when one went away. */
  onDeparted: (node: ClusterNode) => void = () => undefined;
  #first = 0;

  constructor(readonly nodes: readonly ClusterNode[]) {
    this.#known = new Map(
      nodes.map((node) => [node, { state: 'behind', departures: 0, wholeMs: Number.NEGATIVE_INFINITY, found: 0 }]),
    );
  }

  of(node: ClusterNode, atMs = performance.now()): NodeState {
    const { state, wholeMs } = this.#of(node);
    return state === 'fine' && atMs - wholeMs > LOOK_LASTS_MS ? 'behind' : state;
  }

  count(state: NodeState): number {
    return this.nodes.filter((node) => this.of(node) === state).length;
  }

  departuresOf(node: ClusterNode): number {
    return this.#of(node).departures;
  }

  /** Whether the last look at a node, however long ago, found everything, and it stayed since. */
  wasWhole(node: ClusterNode): boolean {
    return this.#of(node).state === 'fine';
  }

  /** Whether a look that began at this time or later found everything at each node. */
  wholeSince(ms: number): boolean {
    return this.nodes.every((node) => this.of(node) === 'fine' && this.#of(node).wholeMs >= ms);
  }

  /** The order in which to ask: `fine` nodes first, and among equals the one that answered last. */
  inTurn(): readonly ClusterNode[] {
    const turned = this.nodes.map((_, i) => present(this.nodes[(this.#first + i) % this.nodes.length]));
    return (['fine', 'behind', 'away'] as const).flatMap((state) => turned.filter((node) => this.of(node) === state));
  }

  /** It does not answer, or its connection ended: it may have begun anew. */
  departed(node: ClusterNode): void {
    const known = this.#of(node);
    if (known.state === 'away') return;
    Object.assign(known, { state: 'away', departures: known.departures + 1, found: 0 });
    this.onDeparted(node);
  }

  answered(node: ClusterNode): void {
    const known = this.#of(node);
    if (known.state === 'away') known.state = 'behind';
  }

  /** Who is asked first from now on. */
  prefer(node: ClusterNode): void {
    this.#first = this.nodes.indexOf(node);
  }

  /** What a look found. @param look when it began, and how often the node had gone away by then: what was before counts no more */
  looked(node: ClusterNode, look: { readonly atMs: number; readonly departures: number }, whole: boolean): void {
    const known = this.#of(node);
    if (known.state === 'away' || known.departures !== look.departures) return;
    known.found = whole ? known.found + 1 : 0;
    // Of one that nobody saw go away, what it has once it has had all along.
    if (known.found < (known.departures === 0 ? 1 : FOUND_TIMES)) known.state = 'behind';
    else Object.assign(known, { state: 'fine', wholeMs: look.atMs });
  }

  /**
   * Whether an answer that was asked for at this time may lack something. With more nodes than replicas the node that is asked chooses
   * who answers.
   */
  isDegraded(node: ClusterNode, atMs: number): boolean {
    const asked = this.nodes.length > REPLICAS ? this.nodes : [node];
    return asked.some((one) => this.of(one, atMs) !== 'fine');
  }

  #of(node: ClusterNode): Known {
    return present(this.#known.get(node));
  }
}
