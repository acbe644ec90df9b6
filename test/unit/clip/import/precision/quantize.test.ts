import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantizeBlocks } from '../../../../../src/clip/import/precision/quantize-blocks.js';
import { quantizeRows } from '../../../../../src/clip/import/precision/quantize-rows.js';

/** The plainest way to round a list with one scale, in float64 but for the scale, which is stored as float32. */
function roundedPlainly(list: readonly number[]): { scale: number; whole: number[] } {
  const largest = Math.max(...list.map(Math.abs));
  const scale = largest === 0 ? 1 : Math.fround(largest / 127);
  return { scale, whole: list.map((value) => Math.max(-127, Math.min(127, Math.round(value / scale)))) };
}

const matrix = fc
  .record({ outputs: fc.integer({ min: 1, max: 9 }), inputs: fc.integer({ min: 1, max: 150 }), seed: fc.integer() })
  .chain(({ outputs, inputs }) =>
    fc.record({
      outputs: fc.constant(outputs),
      inputs: fc.constant(inputs),
      weight: fc.array(
        fc.float({ min: -1000, max: 1000, noNaN: true }).map((value) => (Math.abs(value) < 1e-30 ? 0 : value)),
        {
          minLength: outputs * inputs,
          maxLength: outputs * inputs,
        },
      ),
    }),
  );

describe('weights rounded with one scale for each output', () => {
  it('are what the plainest way gives, turned to [inputs, outputs]', () => {
    fc.assert(
      fc.property(matrix, ({ outputs, inputs, weight }) => {
        const { values, scales } = quantizeRows(Float32Array.from(weight), outputs, inputs);
        for (let row = 0; row < outputs; row++) {
          const plain = roundedPlainly(weight.slice(row * inputs, (row + 1) * inputs));
          expect(scales[row]).toBe(plain.scale);
          expect(Array.from({ length: inputs }, (_, column) => values[column * outputs + row])).toEqual(
            plain.whole.map((value) => value + 0),
          );
        }
      }),
    );
  });

  it('are never off by more than half a scale', () => {
    fc.assert(
      fc.property(matrix, ({ outputs, inputs, weight }) => {
        const { values, scales } = quantizeRows(Float32Array.from(weight), outputs, inputs);
        weight.forEach((value, i) => {
          const [row, column] = [Math.floor(i / inputs), i % inputs];
          const scale = scales[row] as number;
          const back = (values[column * outputs + row] as number) * scale;
          expect(Math.abs(back - value)).toBeLessThanOrEqual(scale * 0.50001);
        });
      }),
    );
  });

  it('are turned rightly also where tiles are not full', () => {
    const [outputs, inputs] = [131, 70];
    const weight = Float32Array.from({ length: outputs * inputs }, (_, i) => ((i * 37) % 255) - 127);
    const { values, scales } = quantizeRows(weight, outputs, inputs);
    for (let i = 0; i < weight.length; i++) {
      const [row, column] = [Math.floor(i / inputs), i % inputs];
      const back = (values[column * outputs + row] as number) * (scales[row] as number);
      expect(Math.abs(back - (weight[i] as number))).toBeLessThanOrEqual(0.5001);
    }
  });

  it('give zeros and the scale 1 for an output of zeros, and refuse a weight that is infinite', () => {
    expect(quantizeRows(new Float32Array(4), 2, 2)).toEqual({
      values: new Int8Array(4),
      scales: Float32Array.of(1, 1),
    });
    expect(() => quantizeRows(Float32Array.of(1, Number.POSITIVE_INFINITY), 1, 2)).toThrow(/finite/);
    expect(() => quantizeRows(new Float32Array(5), 2, 2)).toThrow('Expected 2 x 2 weights');
  });
});

describe('weights rounded in blocks', () => {
  const blockSizes = fc.constantFrom(16, 32, 128);

  it('are what the plainest way gives for each block, 128 standing for 0 and filling up the last', () => {
    fc.assert(
      fc.property(matrix, blockSizes, ({ outputs, inputs, weight }, size) => {
        const { values, scales, blocks } = quantizeBlocks(Float32Array.from(weight), outputs, inputs, size);
        expect(blocks).toBe(Math.ceil(inputs / size));
        for (let row = 0; row < outputs; row++) {
          for (let block = 0; block < blocks; block++) {
            const from = row * inputs + block * size;
            const plain = roundedPlainly(weight.slice(from, Math.min(from + size, (row + 1) * inputs)));
            const at = row * blocks + block;
            expect(scales[at]).toBe(plain.scale);
            const bytes = [...plain.whole.map((value) => value + 128)];
            while (bytes.length < size) bytes.push(128);
            expect([...values.slice(at * size, (at + 1) * size)]).toEqual(bytes);
          }
        }
      }),
    );
  });

  it('are nearer than with one scale for each output where one block is much larger', () => {
    const weight = Float32Array.from({ length: 256 }, (_, i) => (i < 128 ? 100 : 0.01) * Math.sin(i + 1));
    const blocks = quantizeBlocks(weight, 1, 256, 128);
    const rows = quantizeRows(weight, 1, 256);
    const off = (back: (i: number) => number) =>
      Math.max(...Array.from({ length: 128 }, (_, i) => Math.abs(back(128 + i) - (weight[128 + i] as number))));
    expect(off((i) => ((blocks.values[i] as number) - 128) * (blocks.scales[1] as number))).toBeLessThan(0.0001);
    expect(off((i) => (rows.values[i] as number) * (rows.scales[0] as number))).toBeGreaterThan(0.005);
  });
});
