import { fault } from '../../../domain/errors.js';

/** Reads the operands of a pickle's opcodes in sequence. */
export class PickleReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(
    bytes: Uint8Array,
    readonly file: string,
  ) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Position of the next operand, for messages. */
  get position(): number {
    return this.#at;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  /** Eight bytes, of which a length or a size within a file needs at most 53 bits. */
  uint64(): number {
    return this.#safe(this.#bytes.readBigUInt64LE(this.#advance(8)));
  }

  /** BINFLOAT alone is big-endian. */
  double(): number {
    return this.#bytes.readDoubleBE(this.#advance(8));
  }

  /** Two's complement of any length, little-endian; an empty one is 0. */
  long(length: number): number {
    let value = 0n;
    for (let i = 0; i < length; i++) value |= BigInt(this.uint8()) << BigInt(8 * i);
    return this.#safe(BigInt.asIntN(8 * length, value));
  }

  text(length: number): string {
    const start = this.#advance(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** Text up to the next line feed, which is skipped. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw this.damaged('a line without an end');
    const line = this.text(end - this.#at);
    this.#at = end + 1;
    return line;
  }

  damaged(what: string): Error {
    return fault(
      'checkpoint_damaged',
      `Expected a state dict in the pickle of ${this.file}, but there is ${what} at its byte ${this.#at}; get the file again.`,
    );
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.damaged('the end of the file');
    this.#at += length;
    return start;
  }

  #safe(value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw this.damaged('a number of more than 53 bits');
    return number;
  }
}
