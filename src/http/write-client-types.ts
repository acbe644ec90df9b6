// `npm run client:types`: writes the client's types from the routes of this build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.js';
import { apiDocument } from './api-document.js';
import { renderClientTypes } from './render-client-types.js';

writeFileSync(join(packageRoot(), 'src/client/api-types.ts'), renderClientTypes(apiDocument('')));
