/**
 * Ends the process within so many seconds, whatever hangs, by the one signal that nothing holds up: Node's own exit waits
 * for every read that is still under way, also of a disk that does not answer. A process that ends before is not touched.
 */
export function endWithin(seconds: number): void {
  setTimeout(() => {
    process.stderr.write(
      `streetdex: what was running did not end within ${seconds} s; the process is ended all the same.\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }, seconds * 1000).unref();
}
