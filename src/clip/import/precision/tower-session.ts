import { InferenceSession, Tensor } from 'onnxruntime-node';
import { present } from '../../../domain/present.js';
import { toUnitVector, type UnitVector } from '../../../domain/unit-vector.js';
import { sessionOptions } from '../../encoder-session.js';

/** A prepared picture (float32, CHW, normalised) or the token ids of a text. */
export type TowerInput = { readonly tensor: Float32Array } | { readonly ids: readonly number[] };

/**
 * A graph that `model add` has just written, opened in this thread: a run blocks it, which a command may where a server
 * may not. One input at a time, as the encoder runs it later.
 */
export class TowerSession {
  readonly #session: InferenceSession;
  readonly #embeds: string;

  private constructor(session: InferenceSession, embeds: string) {
    this.#session = session;
    this.#embeds = embeds;
  }

  /** @param threads 0 means all cores */
  static async open(file: string, threads = 0): Promise<TowerSession> {
    const session = await InferenceSession.create(file, { ...sessionOptions(threads), logSeverityLevel: 3 });
    return new TowerSession(session, session.outputNames.includes('image_embeds') ? 'image_embeds' : 'text_embeds');
  }

  async embed(input: TowerInput): Promise<UnitVector> {
    return this.vectorOf(await this.run(input, [this.#embeds]));
  }

  /** The embedding among the outputs of a run. */
  vectorOf(values: ReadonlyMap<string, Float32Array>): UnitVector {
    return toUnitVector(present(values.get(this.#embeds)));
  }

  /** Values of these outputs, float32; by default of all. */
  async run(
    input: TowerInput,
    names: readonly string[] = this.#session.outputNames,
  ): Promise<Map<string, Float32Array>> {
    const fed = feed(input);
    const outputs = await this.#session.run({ [fed.name]: fed.tensor }, [...names]);
    const values = new Map<string, Float32Array>();
    for (const name of names) {
      const output = present(outputs[name]);
      // The graphs' outputs are float32.
      values.set(name, Float32Array.from(output.data as Float32Array));
      output.dispose();
    }
    fed.tensor.dispose();
    return values;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

function feed(input: TowerInput): { readonly name: string; readonly tensor: Tensor } {
  if ('ids' in input) {
    const ids = BigInt64Array.from(input.ids, BigInt);
    return { name: 'input_ids', tensor: new Tensor('int64', ids, [1, ids.length]) };
  }
  const side = Math.round(Math.sqrt(input.tensor.length / 3));
  return { name: 'pixel_values', tensor: new Tensor('float32', input.tensor, [1, 3, side, side]) };
}
