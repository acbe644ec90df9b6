// `npm run audit`: fails on advisories about what the lockfile has, but for those of scripts/audit-exceptions.json, each
// `{ "advisory": "GHSA-…", "until": "2027-01-31", "reason": "…" }`. Where the registry gives no answer, a notice and no failure.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const TIMEOUT_MS = 120_000;

const file = process.argv[2] ?? join(root, 'scripts', 'audit-exceptions.json');
const exceptions = readExceptions(file);
const { stdout } = spawnSync('npm', ['audit', '--json', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  maxBuffer: 1e8,
  stdio: ['ignore', 'pipe', 'ignore'],
  shell: process.platform === 'win32',
});
const report = parse(stdout);
if (report?.vulnerabilities === undefined) {
  console.log(`Notice: the registry gave no advisories (${report?.message ?? 'no answer'}); nothing was audited.`);
  process.exit(0);
}

const today = new Date().toISOString().slice(0, 10);
const used = new Set();
const problems = [];
const advisories = Object.values(report.vulnerabilities).flatMap(({ via }) =>
  via.filter((one) => typeof one === 'object'),
);
for (const { name, title, severity, url } of advisories) {
  const exception = exceptions.find(({ advisory }) => url.endsWith(`/${advisory}`));
  if (exception !== undefined) used.add(exception);
  if (exception === undefined) problems.push(`${name}: ${title} (${severity}), ${url}`);
  else if (exception.until < today) problems.push(`${name}: the exception for ${url} ended on ${exception.until}.`);
}
for (const { advisory } of exceptions.filter((one) => !used.has(one))) {
  problems.push(`The exception for ${advisory} fits no advisory. Take it away.`);
}
for (const problem of problems) console.error(problem);
console.log(`${advisories.length} advisories, ${used.size} excepted.`);
process.exit(problems.length > 0 ? 1 : 0);

function readExceptions(path) {
  const list = JSON.parse(readFileSync(path, 'utf8'));
  for (const { advisory, until, reason } of list) {
    if (/^GHSA(-\w{4}){3}$/.test(advisory) && /^\d{4}-\d{2}-\d{2}$/.test(until) && reason?.length > 0) continue;
    throw new Error(
      `Expected an advisory's GHSA id, a date and a reason in ${path}, got ${advisory}, ${until}, ${reason}.`,
    );
  }
  return list;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
