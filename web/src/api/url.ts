/** The URL of the server's `/v1/…`, below the folder that the page came from. */
export const urlOf = (path: string): string =>
  new URL(path.replace(/^\//, ''), document.baseURI.replace(/#.*/s, '')).href;
