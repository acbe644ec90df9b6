import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeErrors } from '../domain/describe-errors.js';
import { packageRoot } from './package-root.js';

writeFileSync(join(packageRoot(), 'docs', 'errors.md'), describeErrors());
