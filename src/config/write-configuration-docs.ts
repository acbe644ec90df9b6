import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSettings } from './describe-settings.js';
import { packageRoot } from './package-root.js';

writeFileSync(join(packageRoot(), 'docs', 'configuration.md'), describeSettings());
