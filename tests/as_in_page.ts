/**
 * Runs `action` with the globals of Deno and Node hidden, as in a page.
 *
 * @param globals Additional globals of the page.
 */
export async function asInPage<T>(
  globals: Readonly<Record<string, unknown>>,
  action: () => T | Promise<T>,
): Promise<T> {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  const page = { Deno: undefined, process: undefined, ...globals };
  try {
    for (const [name, value] of Object.entries(page)) {
      Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    return await action();
  } finally {
    for (const name of Object.keys(page)) {
      const descriptor = before[name as keyof typeof before];
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete (globalThis as Record<string, unknown>)[name];
    }
  }
}
