/** A text from outside as a heading or a name, shortened. */
export const shortened = (text: string, lengthMax = 120): string =>
  text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
