/** What is linked to kernels. */
export interface Linked {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Kernels of 256 bits and the export that convolutions run, if there are any. */
  readonly wide:
    | { readonly module: WebAssembly.Module; readonly name: string }
    | null;
}

/**
 * Instantiates kernels, with those of 256 bits. Workers run its source, so it can't refer
 * to anything outside of it.
 */
export function link(
  { module, memory, wide }: Linked,
): WebAssembly.Exports {
  const convWide = wide === null
    ? () => {
      throw new Error("no wide kernels are loaded");
    }
    : new WebAssembly.Instance(wide.module, { env: { memory } })
      .exports[wide.name]!;
  const env = { memory, convWide };
  return new WebAssembly.Instance(module, { env }).exports;
}
