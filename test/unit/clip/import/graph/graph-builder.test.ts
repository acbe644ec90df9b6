import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../../../../src/clip/import/graph/graph-builder.js';
import { decodeModel } from '../../../../../src/clip/import/graph/onnx-proto.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

async function build(make: (builder: GraphBuilder) => Promise<void> | void) {
  const file = join(temporaryFolder(), 'small.onnx');
  const builder = await GraphBuilder.create(file);
  try {
    await make(builder);
    await builder.finish();
  } catch (error) {
    await builder.abandon();
    throw error;
  }
  return { file, model: decodeModel(await readFile(file)) };
}

describe('a graph that is built', () => {
  it('runs, with weights inside and beside it, attributes of every kind, and inputs left out', async () => {
    const large = Float32Array.from({ length: 1000 }, (_, i) => i);
    const { file } = await build(async (builder) => {
      const x = builder.input('x', 'float32', ['n', 1000]);
      const added = builder.node('added', 'Add', [x, await builder.weight('large', 'float32', [1, 1000], large)]);
      const half = await builder.weight('half', 'float16', [1], Uint16Array.of(0x3800));
      const scaled = builder.node('scaled', 'Mul', [added, builder.node('half.wide', 'Cast', [half], { to: 1 })]);
      const clipped = builder.node('clipped', 'Clip', [
        scaled,
        null,
        await builder.weight('most', 'float32', [], Float32Array.of(300)),
      ]);
      const leaky = builder.node('leaky', 'LeakyRelu', [clipped], { alpha: { float: 1 } });
      builder.node('turned', 'Transpose', [leaky], { perm: [1, 0] });
      builder.node('y', 'Reshape', ['turned', builder.ints('shape', [10, -1])]);
      builder.output('y', 'float32', [10, 'rest']);
    });
    const session = await InferenceSession.create(file);
    const outputs = await session.run({ x: new Tensor('float32', new Float32Array(1000).fill(2), [1, 1000]) });
    await session.release();
    const y = outputs.y as Tensor;
    expect(y.dims).toEqual([10, 100]);
    expect([...(y.data as Float32Array)]).toEqual([...large].map((value) => Math.min(300, (value + 2) / 2)));
  });

  it('keeps small weights in itself, where shapes are inferred from, and large ones beside it', async () => {
    const { model, file } = await build(async (builder) => {
      await builder.weight('small', 'float32', [2], Float32Array.of(1, 2));
      await builder.weight('large', 'int8', [600], new Int8Array(600).fill(-3));
    });
    const [small, large] = model.graph.initializer;
    expect(small?.rawData).toHaveLength(8);
    expect(large?.rawData ?? []).toHaveLength(0);
    expect(await readFile(`${file}_data`)).toEqual(Buffer.alloc(600, 0xfd));
  });

  it('has each value once, and only values that are there', async () => {
    await expect(
      build((builder) => {
        builder.input('x', 'float32', [1]);
        builder.node('x', 'Abs', ['x']);
      }),
    ).rejects.toMatchObject({
      family: 'ours',
      code: 'graph_invalid',
      message: expect.stringContaining('one value called x'),
    });
    await expect(build((builder) => void builder.node('y', 'Abs', ['x']))).rejects.toMatchObject({
      code: 'graph_invalid',
    });
    await expect(build((builder) => builder.output('y', 'float32', [1]))).rejects.toMatchObject({
      code: 'graph_invalid',
    });
  });

  it('refuses a weight with more or fewer values than its shape has', async () => {
    await expect(
      build(async (builder) => void (await builder.weight('w', 'float32', [2, 2], new Float32Array(3)))),
    ).rejects.toMatchObject({ code: 'graph_invalid', message: expect.stringContaining('4 values for w') });
  });
});
