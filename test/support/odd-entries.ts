import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** A pipe that nobody writes to: whoever opens it as a file waits for ever. */
export function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

/** @returns the server behind the socket, to be closed */
export async function makeSocket(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

/** A file whose name is `Stra\xDFe.jpg` in Windows-1252: no UTF-8. */
export function writeNotUtf8(folder: string, content: string | Uint8Array): void {
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'Stra')), Buffer.from([0xdf]), Buffer.from('e.jpg')]), content);
}

export function makeDanglingLink(path: string): void {
  symlinkSync('nowhere', path);
}
