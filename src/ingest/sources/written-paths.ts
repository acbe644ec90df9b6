const ESCAPE = /%[0-9a-f]{2}/i;

/** One way to read a file's name in a manifest. */
export interface WrittenPath {
  /** With forward slashes. */
  readonly path: string;
  /** An absolute path, perhaps of another machine: as much of its end as fits counts. */
  readonly absolute: boolean;
  /** False for a web address, whose path is not of this machine. */
  readonly local: boolean;
}

/**
 * The readings of a name, the most literal first: as it is, with backslashes as slashes, as a `file:` address, and each of them
 * with percent escapes decoded. Of a web address the path counts.
 */
export function writtenPaths(name: string): readonly WrittenPath[] {
  const readings = new Map<string, WrittenPath>();
  const add = (path: string, local = true) => {
    if (path !== '' && !readings.has(path)) readings.set(path, { path, absolute: !local || isAbsolute(path), local });
  };
  const url = /^([a-z][a-z0-9+.-]+):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(name);
  const scheme = url?.[1]?.toLowerCase();
  if (url && scheme === 'file') for (const path of [unescaped(url[3] ?? ''), url[3] ?? '']) add(withoutDrive(path));
  else if (url?.[2] !== undefined) for (const path of [url[3] ?? '', unescaped(url[3] ?? '')]) add(path, false);
  else {
    const forward = name.replaceAll('\\', '/');
    for (const path of [name, forward]) add(path);
    for (const path of [name, forward]) if (ESCAPE.test(path)) add(unescaped(path).replaceAll('\\', '/'));
  }
  return [...readings.values()];
}

/** A path's folders and name, without drive, `.` and `..`. */
export function partsOf(path: string): readonly string[] {
  return withoutDrive(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..');
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[a-z]:\//i.test(path);
}

/** `/C:/photos/a.jpg` as addresses have it, and `C:/photos/a.jpg`. */
function withoutDrive(path: string): string {
  return path.replace(/^\/?[a-z]:\//i, '/');
}

/** Decodes escapes as UTF-8, else as Windows-1252; the text itself where they are neither. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const decoder = new TextDecoder('windows-1252');
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
      decoder.decode(Uint8Array.from(escapes.slice(1).split('%'), (hex) => Number.parseInt(hex, 16))),
    );
  }
}
