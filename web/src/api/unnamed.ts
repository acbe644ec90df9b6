/** The photo without its name, which is nobody's business. */
export const unnamed = (file: File): Blob => new Blob([file], { type: file.type });
