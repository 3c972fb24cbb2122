import process from "node:process";
import { TotemError } from "../../src/errors.ts";
import { watchMemory } from "../watch_memory.ts";

/**
 * Memory that decoding a damaged file may use beyond what its header explains, in
 * bytes.
 */
export const MAX_MEMORY = 8 * 2 ** 20;
/** The limit of processor time, in ms. */
export const MAX_MS = 2_000;

/**
 * Runs decoding and measures this thread's processor time, which doesn't depend on the
 * machine's load, and the growth of memory, garbage included. Unless a result is far
 * below the limits, it is measured three times: a garbage collection takes time, too.
 */
export async function measure(decode: () => Promise<void>) {
  let taken = { result: "", ms: Infinity, memory: Infinity };
  for (let i = 0; i < 3; i++) {
    using watched = watchMemory();
    const before = Deno.memoryUsage();
    const start = process.threadCpuUsage();
    const result = await attempt(decode);
    const { user, system } = process.threadCpuUsage(start);
    const ms = (user + system) / 1000;
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
