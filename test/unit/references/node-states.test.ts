import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NodeStates } from '../../../src/references/weaviate/node-states.js';

const nodeAt = (port: number) => ({ host: 'localhost', port, grpcPort: port + 1 });
const [a, b, c] = [nodeAt(1), nodeAt(2), nodeAt(3)] as const;
let states: NodeStates;

beforeEach(() => {
  states = new NodeStates([a, b, c]);
});

/** A look that begins and ends now. */
function looked(node: typeof a, whole: boolean): void {
  states.looked(node, { atMs: performance.now(), departures: states.departuresOf(node) }, whole);
}

describe('a node', () => {
  it('is behind until a look finds that it has everything', () => {
    expect(states.of(a)).toBe('behind');
    looked(a, false);
    expect(states.of(a)).toBe('behind');
    looked(a, true);
    expect(states.of(a)).toBe('fine');
  });

  it('that went away has to have everything twice in a row', () => {
    looked(a, true);
    states.departed(a);
    expect(states.of(a)).toBe('away');
    states.answered(a);
    looked(a, true);
    looked(a, false);
    looked(a, true);
    expect(states.of(a)).toBe('behind');
    looked(a, true);
    expect(states.of(a)).toBe('fine');
  });

  it('that went away while it was looked at, and is back, is not what that look found', () => {
    looked(a, true);
    const look = { atMs: performance.now(), departures: states.departuresOf(a) };
    states.departed(a);
    states.answered(a);
    states.looked(a, look, true);
    states.looked(a, look, true);
    expect(states.of(a)).toBe('behind');
  });

  it('counts as behind once nobody has looked at it for five seconds, and as fine by the next look', () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(1000);
    looked(a, true);
    now.mockReturnValue(6000);
    expect(states.of(a)).toBe('fine');
    now.mockReturnValue(6001);
    expect([states.of(a), states.isDegraded(a, 6001), states.isDegraded(a, 5999)]).toEqual(['behind', true, false]);
    expect(states.count('behind')).toBe(3);
    looked(a, true);
    expect(states.of(a)).toBe('fine');
    now.mockRestore();
  });

  it('that nobody looked at for long, and that stayed, is still the one that had everything', () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    looked(a, true);
    now.mockReturnValue(100_000);
    expect([states.of(a), states.wasWhole(a)]).toEqual(['behind', true]);
    states.departed(a);
    states.answered(a);
    expect([states.of(a), states.wasWhole(a)]).toEqual(['behind', false]);
    now.mockRestore();
  });

  it('that has everything is asked before others, and of several the one that answered last', () => {
    expect(states.inTurn()).toEqual([a, b, c]);
    looked(c, true);
    states.departed(a);
    expect(states.inTurn()).toEqual([c, b, a]);
    looked(b, true);
    states.prefer(c);
    expect(states.inTurn()).toEqual([c, b, a]);
    states.prefer(b);
    expect(states.inTurn()).toEqual([b, c, a]);
  });
});

describe('with more nodes than replicas', () => {
  it('an answer may lack something while one of them is not fine, since the node that is asked passes it on', () => {
    const d = nodeAt(4);
    states = new NodeStates([a, b, c, d]);
    for (const node of [a, b, c]) looked(node, true);
    expect(states.isDegraded(a, performance.now())).toBe(true);
    looked(d, true);
    expect(states.isDegraded(a, performance.now())).toBe(false);
  });
});
