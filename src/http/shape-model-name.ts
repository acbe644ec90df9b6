import { basename, isAbsolute } from 'node:path';

/** A model that was given as a path is named by its folder alone: the rest is the operator's business. */
export function shapeModelName(name: string): string {
  return isAbsolute(name) || name.startsWith('.') ? basename(name) : name;
}
