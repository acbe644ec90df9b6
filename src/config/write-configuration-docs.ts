import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../domain/package-root.js';
import { describeSettings } from './describe-settings.js';

writeFileSync(join(packageRoot(), 'docs', 'configuration.md'), describeSettings());
