/** Loaded before the command line, which then fails where it uses what is Node's. */
Object.defineProperty(globalThis, "process", {
  get() {
    throw new Error("a command asked for process");
  },
});
