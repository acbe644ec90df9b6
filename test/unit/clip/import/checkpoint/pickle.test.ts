import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPickle } from '../../../../../src/clip/import/checkpoint/pickle.js';
import { StreetdexError } from '../../../../../src/domain/errors.js';
import { dictPickle, op, tensorPickle } from '../../../../support/checkpoints.js';

const read = (...parts: Uint8Array[]) => readPickle(Buffer.concat([...parts, op.stop]), 'x.bin');

function failure(...parts: Uint8Array[]): { code: string; message: string } {
  try {
    read(...parts);
  } catch (error) {
    if (error instanceof StreetdexError) return error;
    throw error;
  }
  return { code: 'none', message: 'it was read' };
}

const called = (module: string, name: string) => [
  op.proto(),
  op.emptyDict,
  op.mark,
  op.text('x'),
  op.global(module, name),
  op.mark,
  op.text('touch pwned'),
  op.tuple,
  op.reduce,
  op.setItems,
];

describe('a pickle that names what no state dict needs', () => {
  it.each([
    ['posix', 'system'],
    ['os', 'system'],
    ['nt', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['__builtin__', 'getattr'],
    ['torch', 'load'],
    ['torch', 'FloatStorage.__class__'],
    ['torch.hub', 'load'],
    ['torch._utils', '_rebuild_tensor_v3'],
    ['collections', 'defaultdict'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['', 'constructor'],
  ])('%s.%s is refused by name, before its arguments are read', (module, name) => {
    expect(failure(...called(module, name))).toMatchObject({
      code: 'checkpoint_unsafe',
      message: expect.stringContaining(`refused ${module}.${name}; nothing was run`),
    });
  });

  it('is refused too when the name is put together on the stack', () => {
    const error = failure(op.proto(4), op.text('posix'), op.text('system'), Buffer.of(0x93));
    expect(error).toMatchObject({ code: 'checkpoint_unsafe', message: expect.stringContaining('posix.system') });
  });

  it('is refused too when an allowed module hides the name behind a dot', () => {
    expect(failure(op.proto(), op.global('collections.OrderedDict', '__init__')).code).toBe('checkpoint_unsafe');
  });

  it('shows no control characters of the name', () => {
    expect(failure(op.proto(), op.global('po\u001b[31msix', 'system')).message).toContain('po?[31msix.system');
  });
});

describe('a pickle with an opcode that no state dict needs', () => {
  it.each<[string, number[]]>([
    ['INST', [0x28, 0x69, ...Buffer.from('posix\nsystem\n')]],
    ['OBJ', [0x28, 0x6f]],
    ['NEWOBJ', [0x29, 0x29, 0x81]],
    ['NEWOBJ_EX', [0x92]],
    ['EXT1', [0x82, 1]],
    ['PERSID', [0x50, 0x61, 0x0a]],
    ['DUP', [0x4e, 0x32]],
    ['LONG4', [0x8b]],
    ['BYTEARRAY8', [0x96]],
    ['NEXT_BUFFER', [0x97]],
  ])('%s is refused by name', (name, bytes) => {
    expect(failure(op.proto(4), Buffer.from(bytes))).toMatchObject({
      code: 'checkpoint_unsafe',
      message: expect.stringMatching(new RegExp(`refused the opcode ${name} at its byte \\d+; nothing was run`)),
    });
  });

  it('refuses every byte that is not an opcode it knows', () => {
    const known = new Set<number>();
    for (let byte = 0; byte < 256; byte++) {
      const { code, message } = failure(op.proto(), Buffer.of(byte));
      if (code === 'checkpoint_unsafe') expect(message).toMatch(/refused the opcode [A-Z0-9_]+ at its byte 2/);
      else if (code === 'checkpoint_damaged' && message.includes(`no opcode (${byte})`)) continue;
      else known.add(byte);
    }
    // STOP, and the 35 of pickle.ts; BUILD needs a value below it first.
    expect(known.size).toBe(36);
  });

  it('attributes are set on dicts only', () => {
    expect(failure(op.proto(), op.emptyTuple, op.emptyDict, op.build).code).toBe('checkpoint_unsafe');
    expect(failure(op.proto(), op.emptyDict, op.emptyTuple, op.build).code).toBe('checkpoint_unsafe');
  });
});

describe('a pickle that is damaged', () => {
  it.each<[string, Uint8Array[], RegExp]>([
    ['ends within a number', [op.proto(), Buffer.of(0x4a, 1)], /the end of the file/],
    ['ends within a text', [op.proto(), Buffer.of(0x58, 255, 255, 255, 255)], /the end of the file/],
    ['has a text of 2^60 bytes', [op.proto(), Buffer.of(0x8d, 0, 0, 0, 0, 0, 0, 0, 16)], /more than 53 bits/],
    ['has a name without an end', [op.proto(), Buffer.from('cposix')], /without an end/],
    ['takes a value that is not there', [op.proto(), op.reduce], /a value missing/],
    ['takes a mark that is not there', [op.proto(), op.tuple], /a mark missing/],
    ['recalls what it never kept', [op.proto(), Buffer.of(0x68, 9)], /a value missing/],
    ['leaves two values', [op.proto(), op.emptyDict, op.emptyDict], /an early end/],
    ['leaves a mark', [op.proto(), op.mark, op.emptyDict], /an early end/],
    ['sets items of no dict', [op.proto(), op.emptyTuple, op.text('a'), op.text('b'), op.setItem], /a dict missing/],
    ['sets half an item', [op.proto(), op.emptyDict, op.mark, op.text('a'), op.setItems], /a dict missing/],
    [
      'has a key twice',
      [op.proto(), op.emptyDict, op.mark, ...['a', 'b', 'a', 'b'].map(op.text), op.setItems],
      /the key a twice/,
    ],
    ['appends to no list', [op.proto(), op.emptyDict, op.text('a'), Buffer.from('a')], /a list missing/],
    ['calls what is no name', [op.proto(), op.text('a'), op.emptyTuple, op.reduce], /a call of no known name/],
    ['is of protocol 9', [op.proto(9)], /protocol 9/],
    ['has a storage of no known type', [op.proto(), op.text('storage'), op.persistent], /a reference to no storage/],
    ['has a storage with a path for a key', [op.proto(), tensorPickle({ key: '../0' })], /a reference to no storage/],
    ['has a negative shape', [op.proto(), tensorPickle({ shape: [-4] })], /_rebuild_tensor_v2 with arguments/],
    [
      'has fewer strides than sides',
      [op.proto(), tensorPickle({ shape: [2, 2] })],
      /_rebuild_tensor_v2 with arguments/,
    ],
    ['has a negative offset', [op.proto(), tensorPickle({ offset: -1 })], /_rebuild_tensor_v2 with arguments/],
    [
      'makes a dict of something',
      [op.proto(), op.global('collections', 'OrderedDict'), op.mark, op.text('a'), op.tuple, op.reduce],
      /OrderedDict with arguments/,
    ],
    [
      'calls a type of storage',
      [op.proto(), op.global('torch', 'FloatStorage'), op.emptyTuple, op.reduce],
      /FloatStorage with arguments/,
    ],
    ['nests marks without end', [op.proto(), Buffer.alloc(2_000, '(')], /more than a state dict needs/],
    ['piles up values without end', [op.proto(), Buffer.alloc(1_100_000, 'N')], /more than a state dict needs/],
  ])('is refused where it %s', (_name, parts, message) => {
    expect(failure(...parts)).toMatchObject({ code: 'checkpoint_damaged', message: expect.stringMatching(message) });
  });

  it('never does anything but give a value or say what is wrong, whatever the bytes', () => {
    const whole = dictPickle({ a: tensorPickle(), b: tensorPickle({ storage: 'HalfStorage', key: '1' }) });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const changed = Buffer.from(whole);
        changed.set(bytes.subarray(0, whole.length - at), at);
        expect(['none', 'checkpoint_unsafe', 'checkpoint_damaged']).toContain(failure(changed).code);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what a pickle may hold', () => {
  it('are numbers, texts, lists, tuples and dicts', () => {
    const bytes = [
      ...[op.proto(), op.mark],
      ...[Buffer.of(0x4b, 200), Buffer.of(0x4d, 1, 2), op.int(-5), Buffer.of(0x8a, 0), Buffer.of(0x8a, 2, 0, 0xff)],
      ...[Buffer.of(0x8a, 6, 0, 0, 0, 0, 0, 1), Buffer.of(0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)],
      ...[Buffer.from('N'), Buffer.of(0x88), op.no, op.text('é')],
      ...[Buffer.from(']'), op.mark, op.int(1), op.int(2), Buffer.from('e'), Buffer.from('N'), Buffer.from('a')],
      op.tuple,
    ];
    expect(read(...bytes)).toEqual({
      kind: 'tuple',
      items: [200, 513, -5, 0, -256, 2 ** 40, 1.5, null, true, false, 'é', { kind: 'list', items: [1, 2, null] }],
    });
  });

  it('are values told once and recalled', () => {
    const bytes = [op.proto(4), op.text('a'), Buffer.of(0x94), Buffer.of(0x68, 0), Buffer.of(0x86)];
    expect(read(...bytes)).toEqual({ kind: 'tuple', items: ['a', 'a'] });
  });

  it('are tensors: a view of a storage', () => {
    const tensor = tensorPickle({
      storage: 'BFloat16Storage',
      key: '7',
      count: 9,
      offset: 2,
      shape: [2, 3],
      strides: [3, 1],
    });
    expect(read(op.proto(), tensor)).toEqual({
      kind: 'tensor',
      storage: { kind: 'storage', type: 'bfloat16', key: '7', count: 9 },
      offset: 2,
      shape: [2, 3],
      strides: [3, 1],
    });
  });
});
