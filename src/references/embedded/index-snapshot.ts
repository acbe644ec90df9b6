import type { Database } from 'better-sqlite3';
import { storeError } from '../../store/store-error.js';
import type { CountryMean } from '../summaries.js';
import type { SearchCalls, Searcher } from './graph-client.js';
import { type IndexIdentity, storeIdIn } from './index-folder.js';
import { IndexMemory } from './index-memory.js';
import { createGraph } from './load-graph.js';
import { keptSimilarity, readManifest } from './manifest.js';
import { PointGraph } from './point-graph.js';
import type { FollowerState } from './worker-messages.js';

type Answers = { readonly [Name in keyof SearchCalls]: (argument: SearchCalls[Name][0]) => SearchCalls[Name][1] };

/**
 * Stands in for a graph worker in a process that asks once: a small index as it is now, searched by brute force in this thread.
 * No graph is loaded.
 */
export class IndexSnapshot implements Searcher {
  readonly #answers: Answers;

  constructor(
    db: Database,
    folder: string,
    identity: IndexIdentity,
    onState: (state: FollowerState, means: readonly CountryMean[]) => void,
  ) {
    const storeId = storeIdIn(db);
    let memory: IndexMemory | undefined;
    const loaded = () => {
      memory ??= new IndexMemory(db, createGraph(PointGraph, identity.dimension), () => storeId() === identity.storeId);
      return memory;
    };
    const open = (): FollowerState => {
      const { table, lastChange, means } = loaded();
      const manifest = readManifest(folder, identity);
      const state = {
        references: table.size,
        lastChange,
        generation: manifest?.generation ?? 0,
        pending: 0,
        tombstones: manifest?.graph?.deleted ?? 0,
        graphProblem: null,
        selfSimilarity: keptSimilarity(manifest)?.measured ?? null,
      };
      onState(state, means.means());
      return state;
    };
    this.#answers = {
      open,
      sync: () => {
        memory = undefined;
        return open();
      },
      neighbours: (request) => loaded().neighbours(request, loaded().exact),
      meansWithout: (exclude) => loaded().meansWithout(exclude),
    };
  }

  problem(): null {
    return null;
  }

  async call<Name extends keyof SearchCalls>(
    call: Name,
    argument: SearchCalls[Name][0],
  ): Promise<SearchCalls[Name][1]> {
    try {
      return this.#answers[call](argument);
    } catch (error) {
      throw storeError(error);
    }
  }

  async close(): Promise<void> {}
}
