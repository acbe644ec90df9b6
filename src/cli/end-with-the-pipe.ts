/**
 * Ends the program where nobody reads its output any more, as `streetdex … | head` asks: without a word, and without a fault.
 * What it says on standard error is then lost, which ends nothing.
 */
export function endWithThePipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
