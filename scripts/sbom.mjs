// `npm run -s sbom`: what the published package brings along or has installed, as CycloneDX, from the lockfile alone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';
import { shippedPackages } from './shipped-packages.mjs';

const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const { status, stdout, error } = spawnSync('npm', args, {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1e8,
  stdio: ['ignore', 'pipe', 'inherit'],
  shell: process.platform === 'win32',
});
if (error) throw error;
if (status !== 0) process.exit(status ?? 1);

const bill = JSON.parse(stdout);
// npm takes the folder's name.
bill.metadata.component.name = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name;
const shipped = new Set(shippedPackages(root).map(({ name, version }) => `${name}@${version}`));
const references = new Set([bill.metadata.component['bom-ref']]);
bill.components = bill.components.filter((component) => shipped.has(component['bom-ref']));
for (const component of bill.components) references.add(component['bom-ref']);
bill.dependencies = bill.dependencies
  .filter(({ ref }) => references.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((name) => references.has(name)) }));
process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
