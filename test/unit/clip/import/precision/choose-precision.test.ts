import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Precision } from '../../../../../src/clip/import/graph/write-towers.js';
import type { SiteErrors, TowerCalibration } from '../../../../../src/clip/import/precision/calibrate.js';
import { choosePrecision } from '../../../../../src/clip/import/precision/choose-precision.js';
import { formsOf } from '../../../../../src/clip/import/precision/fit-precision.js';
import { randomCaptions, randomClip, randomPictures, SMALL_CLIP } from '../../../../support/random-clip.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const { vision, text } = SMALL_CLIP;

async function choose(precision: Precision | 'auto', outliers: readonly number[] = []) {
  const folder = temporaryFolder();
  const progress = new Set<string>();
  const chosen = await choosePrecision({
    ...{ checkpoint: randomClip(3, SMALL_CLIP, outliers), architecture: SMALL_CLIP, folder, precision },
    calibration: {
      images: randomPictures(21, 6, vision.imageSize),
      captions: randomCaptions(22, 6, text.vocabSize),
      provenance: '6 made-up pictures',
    },
    sample: {
      images: randomPictures(23, 16, vision.imageSize),
      captions: randomCaptions(24, 24, text.vocabSize).map((ids, i) => ({ ids, country: i < 12 })),
    },
    onProgress: (what) => progress.add(what),
  });
  return { chosen, files: readdirSync(folder).sort(), progress: [...progress] };
}

const graphs = (suffix: string) => [
  `text_model${suffix}.onnx`,
  `text_model${suffix}.onnx_data`,
  `vision_model${suffix}.onnx`,
  `vision_model${suffix}.onnx_data`,
];

describe('choosing a precision', () => {
  it('compares all, takes one that holds, and leaves its graphs alone in the folder', async () => {
    const { chosen, files, progress } = await choose('auto');
    expect(Object.keys(chosen.parity)).toEqual(['fp32', 'int8', 'int8-block']);
    expect(chosen.parity[chosen.precision]?.holds).toBe(true);
    expect(files).toEqual(graphs(chosen.precision === 'fp32' ? '' : `_${chosen.precision}`));
    expect(chosen.compared).toEqual({ images: 16, captions: 24 });
    expect(chosen.calibrated).toEqual({ images: 6, captions: 6, provenance: '6 made-up pictures' });
    expect(progress).toEqual(expect.arrayContaining(['float32', 'calibrating', 'int8-block', 'int8']));
  });

  it('takes a rounded precision that is asked for, with its figures', async () => {
    const { chosen, files } = await choose('int8');
    expect(chosen.precision).toBe('int8');
    expect(chosen.parity.int8?.lowestCosine).toBeGreaterThan(0.98);
    expect(chosen.parity['int8-block']).toBeUndefined();
    expect(files).toEqual(graphs('_int8'));
  });

  it('calibrates nothing for half precision, which is as good as float32', async () => {
    const { chosen, files } = await choose('fp16');
    expect(chosen.calibrated).toBeNull();
    expect(chosen.parity.fp16?.lowestCosine).toBeGreaterThan(0.9999);
    expect(files).toEqual(graphs('_fp16'));
  });

  it('only times float32 where that is asked for', async () => {
    const { chosen, files } = await choose('fp32');
    expect(chosen.compared).toEqual({ images: 4, captions: 24 });
    expect(chosen.parity.fp32?.secondsPerImage).toBeGreaterThan(0);
    expect(chosen.calibrated).toBeNull();
    expect(files).toEqual(graphs(''));
  });

  it('keeps leading layers in float until a network with outliers comes out as it should', async () => {
    const { chosen } = await choose('int8', [7, 33, 50]);
    const fitted = chosen.fitted.int8?.vision;
    expect((fitted?.lowestCosine ?? 0) >= 0.996 || fitted?.floatLayers === 2).toBe(true);
    expect(chosen.parity.int8?.lowestCosine).toBeGreaterThan(0.98);
  });
});

describe('the forms of products', () => {
  const errors = (tensor: number, token: number, block: number): SiteErrors => ({ tensor, token, block });
  const even = errors(0.012, 0.011, 0.009);
  const layer = { qkv: even, out: even, fc1: even, fc2: even };
  const calibrated: TowerCalibration = {
    layers: [
      layer,
      { ...layer, qkv: errors(0.05, 0.02, 0.01), fc1: errors(0.2, 0.09, 0.085), fc2: errors(0.2, 0.03, 0.01) },
    ],
  };

  it('are one scale for all where that is as good, one for each row where it is not, and float where neither is', () => {
    expect(formsOf('int8', 'vision', calibrated, 0)).toEqual([
      { qkv: 'tensor', out: 'tensor', fc1: 'tensor', fc2: 'tensor' },
      { qkv: 'token', out: 'tensor', fc1: 'float', fc2: 'token' },
    ]);
  });

  it('are one scale for each row in the text tower, whose texts share runs', () => {
    expect(formsOf('int8', 'text', calibrated, 0)[0]).toEqual({
      qkv: 'token',
      out: 'token',
      fc1: 'token',
      fc2: 'token',
    });
  });

  it('are blocks for int8-block, and float where those are far off', () => {
    expect(formsOf('int8-block', 'vision', calibrated, 0)[1]).toEqual({
      qkv: 'block',
      out: 'block',
      fc1: 'float',
      fc2: 'block',
    });
  });

  it('are float in the leading layers that are left so', () => {
    expect(formsOf('int8', 'vision', calibrated, 1)[0]).toEqual({
      qkv: 'float',
      out: 'float',
      fc1: 'float',
      fc2: 'float',
    });
  });
});
