/**
 * Loads the 256-bit kernels and measures whether the compiler has widened them. If not,
 * the same code computes in 128-bit vectors, slower than the other kernels, as 24 sums
 * don't fit in 16 registers.
 *
 * @module
 */
import { yieldToEventLoop } from "../../async/yield.ts";
import { embeddedBytes } from "../../runtime/wasm_modules.ts";
import type { LoadedKernels, WideKernels } from "./kernels.ts";
import { selectKernels } from "./kernel_config.ts";
import { prepareWideTrial, type WideTrial } from "./wide_trial.ts";
import { setWideFlag, WIDE_FLAG } from "./v8_flag.ts";

/** Wide kernels, or why they aren't used. */
export type WideAttempt =
  | { readonly wide: WideKernels; readonly narrow: null }
  | { readonly wide: null; readonly narrow: string };

/** How long to wait until the compiler has optimised both, in ms and in rounds. */
const PATIENCE_MS = 1500;
const PATIENCE_ROUNDS = 400;

/**
 * How long both must be about equally fast before the wide ones count as not widened,
 * in ms.
 */
const NARROW_MS = 400;

/** Rounds whose least times are compared. */
const WINDOW = 6;

/** Calls of a round, of about 10 µs: the clocks of pages have steps of 100 µs. */
const CALLS = 100;

/**
 * The time of wide kernels relative to the others: 0.5 to 0.65 if they are widened, in
 * Deno up to 0.8, and 1.1 to 1.7 if not. If only one of the two is optimised, the ratio
 * is farther from 1.
 */
const LEAST_WIDE = 0.3;
const MOST_WIDE = 0.9;
const MOST_NARROW = 2.5;

const attempts = new WeakMap<LoadedKernels, Promise<WideAttempt>>();

/** Attempts run one by one, as each resets V8's flag at its end. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Loads the wide kernels that go with `kernels`, and optimises them. It takes 0.2 s, and
 * where they aren't widened up to 1.5 s.
 */
export function loadWide(
  kernels: LoadedKernels,
  shared: boolean,
): Promise<WideAttempt> {
  let made = attempts.get(kernels);
  if (!made) {
    made = last.then(() => tryWide(kernels, shared));
    attempts.set(kernels, made);
    last = made;
  }
  return made;
}

async function tryWide(
  kernels: LoadedKernels,
  shared: boolean,
): Promise<WideAttempt> {
  const { conv } = selectKernels(kernels);
  const not = (narrow: string) => ({ wide: null, narrow });
  if (conv === "convPlain") return not("they need relaxed SIMD");
  if (kernels.dotOperand === "s8") return not("they need an x86 processor");
  const resetFlag = setWideFlag();
  try {
    const module = await compileWide(shared);
    const split = checksEachAccess();
    const lane = conv === "convI32" ? "I32" : "I16";
    const name = `${split ? "convSplit" : "convWide"}${lane}`;
    const wide = { module, name, split };
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
    const trial = prepareWideTrial({ ...kernels, wide }, memory, conv);
    if (!trial.passes()) return not("this runtime computes them wrongly");
    const isWide = await isWidened(trial);
    if (!trial.passes()) return not("this runtime computes them wrongly");
    return isWide ? { wide, narrow: null } : not(notWidened());
  } catch (error) {
    return not(`their kernels can't be compiled: ${error}`);
  } finally {
    resetFlag();
  }
}

/**
 * Whether compiled code checks each address against the memory size, as in Deno, which
 * has no handler for faults. `panel_wide.ts` has a variant that is widened there, too.
 */
function checksEachAccess(): boolean {
  return "Deno" in globalThis;
}

function notWidened(): string {
  return checksEachAccess()
    ? `Deno makes them if DENO_V8_FLAGS is ${WIDE_FLAG}, and only on x86`
    : "this runtime doesn't widen vectors";
}

/** The wide kernels, for a memory that is shared or not. */
export async function compileWide(
  shared: boolean,
): Promise<WebAssembly.Module> {
  const bytes = await embeddedBytes(() => import("./modules/wide.ts"));
  return await WebAssembly.compile(shared ? bytes : importUnshared(bytes));
}

/** Makes a module that imports a shared memory import one that isn't. */
export function importUnshared(
  module: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode("memory");
  const at = module.findIndex((_, i) =>
    name.every((it, j) => module[i + j] === it)
  );
  // After the name come the import's kind and its flags: with a maximum, and shared.
  const bytes = module.slice();
  bytes[at + name.length + 1] = 1;
  return bytes;
}

/** Whether the wide kernel is the faster one when both are optimised. */
export async function isWidened(
  { runWide, runNarrow }: Pick<WideTrial, "runWide" | "runNarrow">,
): Promise<boolean> {
  const begin = performance.now();
  const rounds: { readonly wide: number; readonly narrow: number }[] = [];
  const least = (which: "wide" | "narrow") =>
    Math.min(...rounds.map((it) => it[which]));
  let widened = 0;
  let narrowSince = Infinity;
  for (let round = 0; round < PATIENCE_ROUNDS; round++) {
    rounds.push({ narrow: timeOf(runNarrow), wide: timeOf(runWide) });
    if (rounds.length > WINDOW) rounds.shift();
    const ratio = least("wide") / least("narrow");
    widened = LEAST_WIDE < ratio && ratio < MOST_WIDE ? widened + 1 : 0;
    if (widened >= WINDOW / 2) return true;
    const now = performance.now();
    const isNarrow = MOST_WIDE <= ratio && ratio < MOST_NARROW;
    narrowSince = isNarrow ? Math.min(narrowSince, now) : Infinity;
    if (now - narrowSince > NARROW_MS || now - begin > PATIENCE_MS) break;
    await yieldToEventLoop();
  }
  return false;
}

function timeOf(run: () => void): number {
  const begin = performance.now();
  for (let i = 0; i < CALLS; i++) run();
  return performance.now() - begin;
}
