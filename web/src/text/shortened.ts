/** A text from outside as a heading or a name: as much of it as one reads. */
export const shortened = (text: string, lengthMax = 120): string =>
  text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
