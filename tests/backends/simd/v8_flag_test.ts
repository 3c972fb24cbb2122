import assert from "node:assert/strict";
import { setWideFlag } from "../../../src/backends/simd/v8_flag.ts";

/** The flags that are set and reset in a process. */
function flagsOf(process: Record<string, unknown> | undefined): string[] {
  const flags: string[] = [];
  const own = Object.getOwnPropertyDescriptor(globalThis, "process")!;
  const setFlagsFromString = (flag: string) => void flags.push(flag);
  const v8 = (name: string) => {
    assert.equal(name, "node:v8");
    return { setFlagsFromString };
  };
  Object.defineProperty(globalThis, "process", {
    configurable: true,
    value: process && { getBuiltinModule: v8, ...process },
  });
  try {
    setWideFlag()();
  } finally {
    Object.defineProperty(globalThis, "process", own);
  }
  return flags;
}

const FLAG = "experimental-wasm-revectorize";

Deno.test("setWideFlag() sets the flag that this V8 has, and resets it", () => {
  const node24 = { versions: { v8: "13.6.233.17-node.48" }, execArgv: [] };
  assert.deepEqual(flagsOf(node24), [`--${FLAG}`, `--no-${FLAG}`]);
  const later = { versions: { v8: "15.6.1" } };
  assert.deepEqual(flagsOf(later), [
    "--wasm-revectorize",
    "--no-wasm-revectorize",
  ]);
});

Deno.test("setWideFlag() leaves V8 alone where it can't be set, or is set", () => {
  for (
    const process of [
      undefined, // A page.
      {}, // An unrelated global of that name.
      { versions: { v8: "12.4.254.21-node.57" } }, // Node 22, and Bun.
      { versions: { v8: "13.6" }, execArgv: [`--${FLAG}`] },
      { versions: { v8: "15.0.245.2-rusty", deno: "2.9.6" }, execArgv: [] },
      { versions: { v8: "13.6" }, getBuiltinModule: undefined },
      { versions: { v8: "13.6" }, getBuiltinModule: () => undefined },
    ]
  ) {
    assert.deepEqual(flagsOf(process), []);
  }
});
