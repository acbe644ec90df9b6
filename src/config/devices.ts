/** Execution providers of ONNX Runtime that may be asked for by name. */
export const PROVIDERS = ['webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What the encoder may be asked to run on. */
export const DEVICES = ['auto', 'cpu', 'gpu', ...PROVIDERS] as const;
export type Device = (typeof DEVICES)[number];
