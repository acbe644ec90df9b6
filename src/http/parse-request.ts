import type { z } from 'zod';
import { fault } from '../domain/errors.js';

/** Checks what came against a schema. @throws `request_invalid` with the path and reason of each fault. */
export function parseRequest<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .flatMap((issue) => describeList(issue, value) ?? describeIssue(issue))
    .slice(0, 20);
  const first = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw fault('request_invalid', `The request is not as expected. ${first}`, { errors });
}

/** A parameter of a query that was repeated comes as a list, of which numbers say that they are none. */
function describeList({ code, path }: z.core.$ZodIssue, value: unknown) {
  const given = new Map(Object.entries(value ?? {})).get(String(path[0]));
  if (code !== 'invalid_type' || path.length !== 1 || !Array.isArray(given)) return null;
  return [{ path: String(path[0]), message: `Expected one value, got a list of ${given.length}.` }];
}

/** Where one of several forms was expected: what was wrong with the one that was meant, by its type. */
export function describeIssue(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'There is no such field.' }));
  }
  const meant = issue.code === 'invalid_union' ? issue.errors.find(isOfItsType) : undefined;
  if (meant !== undefined) {
    // A spread forgets which kind of issue it is of.
    return meant.flatMap((one) => describeIssue({ ...one, path: [...issue.path, ...one.path] } as z.core.$ZodIssue));
  }
  return [{ path: path.join('.'), message: issue.message }];
}

function isOfItsType(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.length > 0 && !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}
