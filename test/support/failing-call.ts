import { jest } from '@jest/globals';

/** The next call of this name with such a path fails as the file system does; all others are as they are. */
export function failNext<T extends object>(module: T, name: keyof T & string, path: RegExp, code: string): void {
  // What is replaced is a function of the file system, whose first argument is a path.
  const calls = module as Record<string, (...args: unknown[]) => unknown>;
  const real = calls[name] as (...args: unknown[]) => unknown;
  const spy = jest.spyOn(calls, name).mockImplementation((...args: unknown[]) => {
    if (!path.test(String(args[0]))) return real(...args);
    spy.mockRestore();
    throw Object.assign(new Error(`${code}: planted, ${name}`), { code });
  });
}
