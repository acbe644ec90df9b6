/**
 * Ends the process after so many seconds at the latest, by SIGKILL: Node's own exit waits for every pending read, also of a
 * disk that does not answer.
 */
export function endWithin(seconds: number): void {
  setTimeout(() => {
    process.stderr.write(
      `streetdex: what was running did not end within ${seconds} s; the process is ended all the same.\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }, seconds * 1000).unref();
}
