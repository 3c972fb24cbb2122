import { TotemError } from "../../src/errors.ts";
import { watchMemory } from "../watch_memory.ts";

/**
 * Memory that decoding a damaged file may use beyond what its header explains, in
 * bytes.
 */
export const MAX_MEMORY = 8 * 2 ** 20;
/** Time limit, in ms. */
export const MAX_MS = 2_000;

/**
 * Runs decoding and measures its time and memory growth, garbage included. Unless a
 * result is far below the limits, it is measured three times: the machine may be busy.
 */
export async function measure(decode: () => Promise<void>) {
  let taken = { result: "", ms: Infinity, memory: Infinity };
  for (let i = 0; i < 3; i++) {
    using watched = watchMemory();
    const before = Deno.memoryUsage();
    const start = performance.now();
    const result = await attempt(decode);
    const ms = performance.now() - start;
    const after = Deno.memoryUsage();
    const memory = after.heapUsed + after.external - before.heapUsed -
      before.external + watched.mostBytes();
    taken = {
      result,
      ms: Math.min(taken.ms, ms),
      memory: Math.min(taken.memory, memory),
    };
    if (ms <= MAX_MS / 10 && memory <= MAX_MEMORY / 2) break;
  }
  return taken;
}

async function attempt(decode: () => Promise<void>): Promise<string> {
  try {
    await decode();
    return "decoded";
  } catch (error) {
    return error instanceof TotemError
      ? error.constructor.name
      : `untyped ${error instanceof Error ? error.stack : error}`;
  }
}
