import { readFile, stat } from 'node:fs/promises';
import { callerError } from '../../domain/errors.js';

const JSON_BYTES_MAX = 400 * 1024 * 1024;

/** A JSON file as it is. @throws `manifest_invalid`, `manifest_too_large`, `manifest_unreadable` */
export async function readJsonFile(file: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > JSON_BYTES_MAX) {
      throw callerError(
        'manifest_too_large',
        `Expected a JSON manifest of at most ${JSON_BYTES_MAX} bytes, got ${file} with ${size}. Split it, or use CSV, which has no such limit.`,
      );
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || !code.startsWith('E')) throw error;
    throw callerError('manifest_unreadable', `Expected a file that can be read, got ${file} (${code}).`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw callerError('manifest_invalid', `Expected JSON in ${file}, got something else: ${(error as Error).message}.`);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value as the text that a table would hold; null for objects, lists and nothing. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
