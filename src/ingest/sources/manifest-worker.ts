import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../../domain/present.js';
import { sendError } from '../../domain/sent-error.js';
import { newSourceNotes } from './candidate.js';
import type { ManifestRow } from './manifest-row.js';
import { readJsonManifest } from './read-json-manifest.js';
import type { ManifestReply, ManifestTask } from './threaded-manifest.js';

/** Rows in a message: as many as the other side takes in a millisecond or two. */
const ROWS = 250;

const { file, pass } = workerData as ManifestTask;
const port = present(parentPort ?? undefined);
const send = (reply: ManifestReply) => port.postMessage(reply);

try {
  const manifest = await readJsonManifest(file);
  if (pass === 'look') send({ count: await manifest.count().catch(sendError) });
  else {
    const notes = newSourceNotes();
    let rows: ManifestRow[] = [];
    for await (const row of manifest.rows(notes)) {
      if (rows.push(row) < ROWS) continue;
      const wanted = once(port, 'message');
      send({ rows });
      await wanted;
      rows = [];
    }
    if (rows.length > 0) {
      const wanted = once(port, 'message');
      send({ rows });
      await wanted;
    }
    send({ end: { notices: notes.notices, skippedEntries: notes.skippedEntries } });
  }
} catch (error) {
  send({ error: sendError(error) });
}
