// Imported before a program (`node --import`): writes its peak memory in bytes to PEAK_FILE when it ends.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('exit', () => {
    writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS * 1024));
  });
}
