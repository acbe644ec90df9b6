// Our own: pickleparser makes an object of any name in a file, without limits. Here a name or opcode that no state dict needs
// is refused.

import { fault } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import { showName } from './checkpoint-types.js';
import { globalOf } from './pickle-globals.js';
import { PickleReader } from './pickle-reader.js';
import { reduce, storageOf } from './pickle-rebuild.js';
import { refusedOpcode } from './pickle-refused.js';
import type { PickleTuple, PickleValue } from './pickle-values.js';

/** A state dict of a thousand tensors has a stack of thousands; marks nest three or four deep. */
const STACK_MAX = 1_000_000;
const MARKS_MAX = 1_000;
const MEMO_MAX = 4_000_000;

/**
 * Reads a pickle as torch.save writes it (protocols 2 to 5, https://docs.python.org/3/library/pickletools.html) with the
 * opcodes and names that a state dict needs. It is data throughout: no name is looked up, nothing is called.
 *
 * @throws `checkpoint_unsafe` for any other opcode or name, `checkpoint_damaged` for anything else
 */
export function readPickle(bytes: Uint8Array, file: string): PickleValue {
  return new PickleMachine(new PickleReader(bytes, file)).run();
}

/** The stack machine of the pickle format; see its opcodes' descriptions in Python's pickletools. */
class PickleMachine {
  #stack: PickleValue[] = [];
  readonly #marked: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  readonly #reader: PickleReader;

  constructor(reader: PickleReader) {
    this.#reader = reader;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.#reader.uint8();
      if (opcode === STOP) return this.#result();
      const action = ACTIONS.get(opcode);
      if (action === undefined) throw this.#refused(opcode);
      action(this, this.#reader);
      if (this.#stack.length > STACK_MAX || this.#marked.length > MARKS_MAX || this.#memo.size > MEMO_MAX) {
        throw this.#reader.damaged('more than a state dict needs');
      }
    }
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#reader.damaged('a value missing');
    return value;
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#reader.damaged('a value missing');
    return value;
  }

  mark(): void {
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  /** Pops the values above the last mark, and the mark. */
  popMarked(): PickleValue[] {
    const below = this.#marked.pop();
    if (below === undefined) throw this.#reader.damaged('a mark missing');
    const items = this.#stack;
    this.#stack = below;
    return items;
  }

  popTuple(length: number): PickleTuple {
    if (this.#stack.length < length) throw this.#reader.damaged('a value missing');
    return { kind: 'tuple', items: this.#stack.splice(this.#stack.length - length) };
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!isKind(dict, 'dict') || items.length % 2 !== 0) throw this.#reader.damaged('a dict missing');
    for (let i = 0; i < items.length; i += 2) {
      const key = present(items[i]);
      if (dict.entries.has(key)) throw this.#reader.damaged(`the key ${showName(String(key))} twice`);
      dict.entries.set(key, present(items[i + 1]));
    }
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!isKind(list, 'list')) throw this.#reader.damaged('a list missing');
    for (const item of items) list.items.push(item);
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#reader.damaged('a value missing');
    this.push(value);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.#reader.damaged('a name missing');
    this.push({ kind: 'global', name: `${module}.${name}`, global: globalOf(module, name, this.#reader.file) });
  }

  reduce(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isKind(args, 'tuple') || !isKind(callee, 'global')) throw this.#reader.damaged('a call of no known name');
    this.push(reduce(callee, args.items, this.#reader));
  }

  /** The attributes of an ordered dict (a state dict has `_metadata`) do not concern tensors. */
  build(): void {
    const attributes = this.pop();
    if (isKind(this.top(), 'dict') && isKind(attributes, 'dict')) return;
    throw this.#refusal('attributes of what is no ordered dict');
  }

  persistent(): void {
    this.push(storageOf(this.pop(), this.#reader));
  }

  #result(): PickleValue {
    if (this.#stack.length !== 1 || this.#marked.length > 0) throw this.#reader.damaged('an early end');
    return this.pop();
  }

  #refused(opcode: number): Error {
    const name = refusedOpcode(opcode);
    return name === null ? this.#reader.damaged(`no opcode (${opcode})`) : this.#refusal(`the opcode ${name}`);
  }

  #refusal(what: string): Error {
    return fault(
      'checkpoint_unsafe',
      `Expected only tensors in the pickle of ${this.#reader.file}, refused ${what} at its byte ${this.#reader.position - 1}; nothing was run. Take the model's safetensors, or have its maker save the state dict alone.`,
    );
  }
}

function isKind<K extends 'dict' | 'list' | 'tuple' | 'global'>(
  value: PickleValue,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

const STOP = 0x2e;

const ACTIONS: ReadonlyMap<number, (machine: PickleMachine, reader: PickleReader) => void> = new Map([
  [0x80, (_, r) => protocol(r)], // PROTO
  [0x95, (_, r) => void r.uint64()], // FRAME: only a hint for buffers
  [0x28, (m) => m.mark()], // MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4b, (m, r) => m.push(r.uint8())], // BININT1
  [0x4d, (m, r) => m.push(r.uint16())], // BININT2
  [0x4a, (m, r) => m.push(r.int32())], // BININT
  [0x8a, (m, r) => m.push(r.long(r.uint8()))], // LONG1
  [0x47, (m, r) => m.push(r.double())], // BINFLOAT
  [0x8c, (m, r) => m.push(r.text(r.uint8()))], // SHORT_BINUNICODE
  [0x58, (m, r) => m.push(r.text(r.uint32()))], // BINUNICODE
  [0x8d, (m, r) => m.push(r.text(r.uint64()))], // BINUNICODE8
  [0x7d, (m) => m.push({ kind: 'dict', entries: new Map() })], // EMPTY_DICT
  [0x73, (m) => m.setItems(m.popTuple(2).items)], // SETITEM
  [0x75, (m) => m.setItems(m.popMarked())], // SETITEMS
  [0x5d, (m) => m.push({ kind: 'list', items: [] })], // EMPTY_LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMarked())], // APPENDS
  [0x29, (m) => m.push(m.popTuple(0))], // EMPTY_TUPLE
  [0x85, (m) => m.push(m.popTuple(1))], // TUPLE1
  [0x86, (m) => m.push(m.popTuple(2))], // TUPLE2
  [0x87, (m) => m.push(m.popTuple(3))], // TUPLE3
  [0x74, (m) => m.push({ kind: 'tuple', items: m.popMarked() })], // TUPLE
  [0x71, (m, r) => m.remember(r.uint8())], // BINPUT
  [0x72, (m, r) => m.remember(r.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE
  [0x68, (m, r) => m.recall(r.uint8())], // BINGET
  [0x6a, (m, r) => m.recall(r.uint32())], // LONG_BINGET
  [0x63, (m, r) => m.pushGlobal(r.line(), r.line())], // GLOBAL
  [0x93, (m) => stackGlobal(m)], // STACK_GLOBAL
  [0x51, (m) => m.persistent()], // BINPERSID
  [0x52, (m) => m.reduce()], // REDUCE
  [0x62, (m) => m.build()], // BUILD
] satisfies [number, (machine: PickleMachine, reader: PickleReader) => void][]);

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

function protocol(reader: PickleReader): void {
  const version = reader.uint8();
  if (version < 2 || version > 5) throw reader.damaged(`protocol ${version} instead of 2 to 5`);
}
