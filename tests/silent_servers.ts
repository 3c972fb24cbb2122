/**
 * Shortens the 30 seconds after which a silent server is given up, until disposed. All
 * waits for something that comes keep them, as machines may be busy.
 *
 * @param answered How many waits the server ends for a request before it falls silent:
 * one for its headers, and one for each part of its body.
 */
export function silentServers(answered: (url: string) => number): Disposable {
  const { fetch, setTimeout } = globalThis;
  let left = Infinity;
  globalThis.fetch = (input, init) => {
    left = answered(input instanceof Request ? input.url : `${input}`);
    return fetch(input, init);
  };
  globalThis.setTimeout = ((run: () => void, ms?: number) => {
    if (ms !== 30_000 || left-- > 0) return setTimeout(run, ms);
    left = Infinity;
    return setTimeout(run, 50);
  }) as typeof setTimeout;
  return {
    [Symbol.dispose]: () =>
      void Object.assign(globalThis, { fetch, setTimeout }),
  };
}
