/**
 * What pictures may take together while they are decoded, in MB, unless the operator says otherwise: a server fits into 2 GB
 * with it; a command that answers nobody else may take what a picture of 100 megapixels needs in any format.
 */
export const DECODE_MEMORY_MB = { server: 400, command: 2500 } as const;
