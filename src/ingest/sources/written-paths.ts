const ESCAPE = /%[0-9a-f]{2}/i;

/** One reading of how a manifest names a file. */
export interface WrittenPath {
  /** With forward slashes. */
  readonly path: string;
  /** Absolute, so perhaps of another machine: as much of its end as fits counts. */
  readonly absolute: boolean;
  /** False for an address on the web, whose path is none of this machine's. */
  readonly local: boolean;
}

/**
 * The readings of a name, the most literal first: as it stands, with backslashes as slashes, as a `file:` address, and
 * each of them without percent escapes. Of a web address the path counts.
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

/** The folders and the name of a path, without drive, `.` and `..`. */
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

/** UTF-8 escapes, else those of Windows-1252; the text itself where they are neither. */
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
