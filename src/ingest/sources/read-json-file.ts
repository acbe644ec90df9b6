import { fault, hasCode } from '../../domain/errors.js';
import { openPlainFile } from '../../images/plain-file.js';
import { encodingOf } from './text-encoding.js';

const JSON_BYTES_MAX = 400 * 1024 * 1024;

/**
 * A JSON file's value; for a file with one value a line (newline-delimited JSON, GeoJSON text sequences) the list of them.
 * @throws `manifest_invalid`, `manifest_too_large`, `manifest_unreadable`
 */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const lines = jsonLines(text);
    if (lines !== null) return lines;
    throw fault('manifest_invalid', `Expected JSON in ${file}, got something else: ${(error as Error).message}.`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    const { handle, size } = await openPlainFile(file);
    try {
      if (size > JSON_BYTES_MAX) {
        throw fault(
          'manifest_too_large',
          `Expected a JSON manifest of at most ${JSON_BYTES_MAX} bytes, got ${file} with ${size}. Split it, or use CSV, which has no such limit.`,
        );
      }
      const bytes = await handle.readFile();
      return new TextDecoder(encodingOf(bytes)).decode(bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (hasCode(error, 'not_a_file')) throw fault('manifest_unreadable', `${file}: ${error.message}`);
    if (typeof code !== 'string' || !code.startsWith('E')) throw error;
    throw fault('manifest_unreadable', `Expected a file that can be read, got ${file} (${code}).`);
  }
}

/** Precedes each value of a GeoJSON text sequence (RFC 8142), whose values may span lines. */
const RECORD_SEPARATOR = '\u001e';

/** The objects of a text with one a line; null where a line is none. */
function jsonLines(text: string): readonly JsonObject[] | null {
  const values: JsonObject[] = [];
  for (const line of text.split(text.includes(RECORD_SEPARATOR) ? RECORD_SEPARATOR : '\n')) {
    if (line.trim() === '') continue;
    try {
      const value: unknown = JSON.parse(line);
      if (!isJsonObject(value)) return null;
      values.push(value);
    } catch {
      return null;
    }
  }
  return values.length > 0 ? values : null;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value as a table would hold it; null for objects, lists and nothing. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
