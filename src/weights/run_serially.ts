import { abortable, throwIfAborted } from "../async/abort.ts";

/** The last work of each key. */
const pending = new Map<string, Promise<unknown>>();

/**
 * Starts work after all earlier work of the same key has ended, so that it finds the
 * results.
 */
export async function runSerially<T>(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const before = pending.get(key);
  const mine = (async () => {
    await before?.catch(() => {}); // Its own caller has the error.
    throwIfAborted(signal);
    return await work();
  })();
  pending.set(key, mine);
  const forget = () => {
    if (pending.get(key) === mine) pending.delete(key);
  };
  mine.then(forget, forget);
  try {
    return await abortable(mine, signal);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}
