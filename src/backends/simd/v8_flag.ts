/** The V8 flag that merges two 128-bit vectors into one of 256 bits. */
const FLAG = "wasm-revectorize";

/** The flag as Deno 2.9 is started with it. */
export const WIDE_FLAG = `--experimental-${FLAG}`;

/**
 * Versions of V8: earlier ones don't widen these kernels, and later ones have the flag
 * without `experimental-`. V8 prints a message about a flag that it doesn't have.
 */
const FIRST = 13;
const LAST_EXPERIMENTAL = 15.0;

/** The members of `process` that are used, in Node and Deno. */
interface Process {
  readonly versions?: { readonly v8?: string; readonly deno?: string };
  readonly execArgv?: readonly string[];
  getBuiltinModule?(name: "node:v8"): {
    setFlagsFromString?(flags: string): void;
  } | undefined;
}

/**
 * Sets V8's flag, for all WebAssembly that this process compiles until the function that
 * it returns is called. Nothing happens where programs set no flags, as in pages and in
 * Deno, and where Node was started with this one.
 */
export function setWideFlag(): () => void {
  const { process } = globalThis as { readonly process?: Process };
  try {
    if (process?.versions?.deno) return () => {}; // Deno accepts no flags once it is running.
    const version = parseFloat(process?.versions?.v8 ?? "");
    if (!(version >= FIRST)) return () => {};
    if (process!.execArgv?.some((it) => it.includes(FLAG))) return () => {};
    const { setFlagsFromString } = process!.getBuiltinModule!("node:v8")!;
    const flag = version > LAST_EXPERIMENTAL ? FLAG : `experimental-${FLAG}`;
    setFlagsFromString!(`--${flag}`);
    return () => setFlagsFromString!(`--no-${flag}`);
  } catch {
    return () => {}; // Runtimes that imitate Node may throw.
  }
}
