/**
 * A preload for programs that must not use Deno's `node:` modules: access to a global
 * that loads one throws.
 *
 * @module
 */
for (
  const name of [
    "process",
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
  ]
) {
  Object.defineProperty(globalThis, name, {
    get() {
      throw new Error(`${name} loads node: modules`);
    },
  });
}
