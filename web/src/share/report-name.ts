const LENGTH_MAX = 80;

/** The name of an answer's file, from the photo's: letters, digits, dots, dashes, and neither hidden nor a path. */
export function reportName(photo: string): string {
  const plain = photo
    .replace(/\.\w+$/, '')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, LENGTH_MAX)
    .replace(/^[._-]+|[._-]+$/g, '');
  return `${plain === '' ? 'photo' : plain}-streetdex.html`;
}
