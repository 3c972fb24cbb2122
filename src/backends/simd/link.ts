/** The modules that are linked to the kernels. */
export interface Linked {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The 256-bit kernels and the export that computes convolutions, if any. */
  readonly wide:
    | { readonly module: WebAssembly.Module; readonly name: string }
    | null;
}

/**
 * Instantiates kernels, including 256-bit ones. Workers run its source, so it can't
 * refer to anything outside of it.
 */
export function link(
  { module, memory, wide }: Linked,
): WebAssembly.Exports {
  const kernels = wide && new WebAssembly.Instance(wide.module, {
    env: { memory },
  }).exports;
  const linked = (name: string) =>
    kernels?.[name] ?? (() => {
      throw new Error("no wide kernels are loaded");
    });
  const env = {
    memory,
    convWide: linked(wide?.name ?? ""),
    averagePoolWide: linked("averagePoolWide"),
  };
  return new WebAssembly.Instance(module, { env }).exports;
}
