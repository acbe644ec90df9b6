// Fails when something that is shipped has a licence that scripts/licences.json neither allows nor excepts, and when an
// exception there fits nothing any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root as ours } from './prepare.mjs';
import { shippedPackages } from './shipped-packages.mjs';

const root = process.argv[2] ?? ours;
const { allowed, exceptions } = JSON.parse(readFileSync(join(ours, 'scripts', 'licences.json'), 'utf8'));

/** One of what stands between OR, all of what stands between AND; what is nested deeper is not allowed. */
function isAllowed(licence) {
  const bare = licence?.replace(/^\((.*)\)$/, '$1') ?? '';
  return bare.split(' OR ').some((choice) => choice.split(' AND ').every((part) => Object.hasOwn(allowed, part)));
}

const fits = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

const used = new Set();
const problems = [];
for (const { name, version, licence } of shippedPackages(root)) {
  if (isAllowed(licence)) continue;
  const exception = exceptions.find((one) => fits(one.packages, name) && one.licence === licence);
  if (exception === undefined) {
    problems.push(`${name}@${version} has the licence ${licence ?? '(none in the lockfile)'}, which is not allowed.`);
  } else used.add(exception);
}
for (const exception of exceptions.filter((one) => !used.has(one))) {
  problems.push(`The exception for ${exception.packages} fits nothing that is shipped. Take it away.`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error('See scripts/licences.json.');
process.exit(problems.length > 0 ? 1 : 0);
