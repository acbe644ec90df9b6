import { present } from '../domain/present.js';
import { SmallProduct } from './import/precision/small-product.js';

/**
 * What a device does to one product of two matrices, beside the processor. It runs in a process of its own, which a driver
 * may crash or fill the standard error of; the last line it writes is this, as JSON.
 */
export interface DeviceTrial {
  /** The shortest of a few runs, with the way of the matrices to the device and back. */
  readonly deviceMs: number;
  readonly processorMs: number;
  /** The largest difference between the two, as a share of the largest value. */
  readonly difference: number;
}

/** Sides of the matrices. The larger one tells cards and processors apart; a software driver takes seconds for it. */
const SIDES = [512, 1024];
/** A device that takes so many times longer for the smaller one is not asked for the larger one. */
const HOPELESS = 20;

const provider = present(process.argv[2]);
const [device, processor] = [await SmallProduct.open([provider, 'cpu']), await SmallProduct.open()];
let trial: DeviceTrial | undefined;
for (const side of SIDES) {
  const values = Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * 0.37));
  const [here, there] = [await time(processor, values, side), await time(device, values, side)];
  const largest = here.product.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const apart = here.product.reduce((most, value, i) => Math.max(most, Math.abs(value - present(there.product[i]))), 0);
  trial = { deviceMs: there.ms, processorMs: here.ms, difference: apart / largest };
  if (there.ms > HOPELESS * here.ms) break;
}
process.stdout.write(`${JSON.stringify(trial)}\n`);

/** The first run compiles. */
async function time(small: SmallProduct, values: Float32Array, side: number) {
  let ms = Number.POSITIVE_INFINITY;
  let product = await small.times(values, values, side);
  for (let run = 0; run < 3; run++) {
    const started = performance.now();
    product = await small.times(values, values, side);
    ms = Math.min(ms, performance.now() - started);
  }
  return { ms, product };
}
