/**
 * Loaded before a program that must do without Deno's `node:` modules: it throws where one
 * is loaded by the name of a global.
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
