import { present } from '../domain/present.js';
import { SmallProduct } from './import/precision/small-product.js';

/**
 * A product of two matrices on a device, compared with the processor. It runs in a process of its own, since a driver may crash
 * it or fill its standard error; the last line of its output is this, as JSON.
 */
export interface DeviceTrial {
  /** The shortest of a few runs, transfer of the matrices included. */
  readonly deviceMs: number;
  readonly processorMs: number;
  /** The largest difference from the processor's result, as a share of the largest value. */
  readonly difference: number;
}

/** Sides of the matrices. The larger one tells cards and processors apart; a software driver takes seconds for it. */
const SIDES = [512, 1024];
/** A device that takes this many times as long for the smaller product is not tried with the larger one. */
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
