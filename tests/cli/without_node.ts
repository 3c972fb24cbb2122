/** A preload that makes any use of `process` in the command line fail. */
Object.defineProperty(globalThis, "process", {
  get() {
    throw new Error("a command asked for process");
  },
});
