// ONNX tensors and native addons check `instanceof` against the outer realm's typed arrays; Jest's own realm has others.
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of [
      'Float32Array',
      'Float64Array',
      'BigInt64Array',
      'Uint8Array',
      'Int32Array',
      'Uint32Array',
      'Uint16Array',
      'ArrayBuffer',
    ]) {
      this.global[name] = globalThis[name];
    }
  }
};
