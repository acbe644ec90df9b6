import { join } from 'node:path';
import { openStore } from '../../../src/references/open-store.js';
import { describeStore } from '../../contract/reference-store.js';
import { MemoryStore } from '../../support/memory-store.js';
import { temporaryFolder } from '../../support/references.js';

describeStore('embedded', async () => ({ store: openStore(join(temporaryFolder(), 'index')) }));
// Written for tests alone, so that it shows what the port asks of an engine, and no more.
describeStore('memory', async () => ({ store: new MemoryStore() }));
