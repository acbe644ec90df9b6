import { describe, expect, it } from '@jest/globals';
import { type CardSearch, chooseDevice } from '../../../src/clip/choose-device.js';
import { runtimeReason } from '../../../src/clip/runtime-reason.js';
import type { Device } from '../../../src/config/devices.js';

/** A machine whose card takes `deviceMs` for the product that takes the processor 10 ms. */
function card(deviceMs: number, difference = 1e-6): CardSearch {
  return { mayHaveCard: () => true, trial: async () => ({ deviceMs, processorMs: 10, difference }) };
}

const untouched: CardSearch = {
  mayHaveCard: () => {
    throw new Error('nothing should be looked for');
  },
  trial: () => Promise.reject(new Error('nothing should be tried')),
};

describe('what the encoder runs on', () => {
  it.each<Device>(['cpu', 'webgpu', 'cuda'])('is %s where that was asked for, without a trial', async (device) => {
    expect(await chooseDevice(device, 'fp16', untouched)).toEqual({ provider: device, because: null });
  });

  it.each<[Device, number, 'webgpu' | 'cpu', RegExp]>([
    ['auto', 0.4, 'webgpu', /graphics card \(webgpu\), 25 times as fast as the processor/],
    ['auto', 7, 'webgpu', /1\.4 times as fast/],
    ['gpu', 0.4, 'webgpu', /25 times as fast/],
    ['auto', 13, 'cpu', /takes 1\.3 times as long here; --device gpu takes it all the same/],
    ['gpu', 13, 'webgpu', /graphics card/],
    ['auto', 900, 'cpu', /90 times as long here, as a driver without a card does.*--device webgpu/],
    ['gpu', 900, 'cpu', /driver without a card/],
  ])('is chosen by a product: %s, %f ms', async (device, ms, provider, because) => {
    const chosen = await chooseDevice(device, 'fp32', card(ms));
    expect(chosen.provider).toBe(provider);
    expect(chosen.because).toMatch(because);
  });

  it.each<Device>(['auto', 'gpu'])('is not a card that computes wrongly: %s', async (device) => {
    for (const difference of [0.02, Number.NaN, Number.POSITIVE_INFINITY]) {
      const chosen = await chooseDevice(device, 'fp32', card(0.1, difference));
      expect(chosen).toMatchObject({ provider: 'cpu', because: expect.stringContaining('computes wrongly') });
    }
  });

  it('is the processor without a trial where there can be no card', async () => {
    const search = { mayHaveCard: () => false, trial: untouched.trial };
    const chosen = await chooseDevice('auto', 'fp32', search);
    expect(chosen).toMatchObject({ provider: 'cpu', because: expect.stringContaining('no graphics card can be seen') });
  });

  it('is the processor where the driver does not start, and says what it said', async () => {
    const trial = () => Promise.reject(new Error('Found no drivers!'));
    const chosen = await chooseDevice('gpu', 'fp32', { mayHaveCard: () => true, trial });
    expect(chosen).toMatchObject({ provider: 'cpu', because: expect.stringContaining('Found no drivers!') });
  });

  it.each(['int8', 'int8-block', 'q4'])('is the processor for %s, and says which precision a card takes', async (p) => {
    const chosen = await chooseDevice('auto', p, { mayHaveCard: () => true, trial: untouched.trial });
    expect(chosen.provider).toBe('cpu');
    expect(chosen.because).toContain('--precision fp16');
  });
});

describe('what the runtime says', () => {
  it('is a line without the place in its sources', () => {
    const said =
      'Error: /src/onnxruntime/core/providers/x/context.cc:136 onnx::Context::Init(const Config&)::<lambda()> status == OK was false. Failed to get an adapter.\n    at new Handler';
    expect(runtimeReason(said)).toBe('Failed to get an adapter');
    expect(runtimeReason('out of memory')).toBe('out of memory');
  });
});
