/**
 * Kills a process that hangs, so that a supervisor starts another one. A separate thread
 * watches it: a hung event loop can't end itself, and nothing can interrupt a call of
 * WebAssembly.
 *
 * @module
 */
import { startSourceWorker } from "../../runtime/source_worker.ts";

/** Watches this process until it is disposed. */
export interface Watchdog extends Disposable {
  /**
   * Called when work begins. It must make progress from now on. `what` names it in the
   * error.
   */
  begin(what: string): void;
  /** Called when the work makes progress. */
  progress(): void;
  /** Called when the work has ended. */
  end(): void;
}

/** The first message to the thread. */
interface Orders {
  /** For {@linkcode COUNTS}, in their order. */
  readonly memory: SharedArrayBuffer;
  /** The number of ticks without a change after which the process is killed. */
  readonly ticks: number;
  /** The length of a tick in ms. */
  readonly tick: number;
  /** The lines printed when the event loop hangs, and when the work hangs. */
  readonly lines: readonly [string, string];
}

/** Indices in shared memory: turns of the event loop, progress, and whether there is work. */
const COUNTS = { turns: 0, progress: 1, inHand: 2 } as const;

/**
 * Starts watching. The process is killed if its event loop doesn't turn, or its work
 * makes no progress, for `seconds`. Time during which the whole process is suspended,
 * such as while a laptop sleeps, doesn't count.
 *
 * @param isWaiting Whether the work waits for something with its own time limit, such as
 * a download.
 * @param tick The length of a counted second in ms.
 */
export function startWatchdog(
  seconds: number,
  isWaiting: () => boolean,
  tick = 1000,
): Watchdog {
  const memory = new SharedArrayBuffer(
    Object.keys(COUNTS).length * Int32Array.BYTES_PER_ELEMENT,
  );
  const counts = new Int32Array(memory);
  const thread = startSourceWorker<Orders | string, never>(
    `${watch}`,
    "totem-watchdog",
  );
  // If the thread ends, the process goes on without it.
  thread.listen(() => {}, () => {});
  const killed = "hangs and is killed";
  thread.post({
    memory,
    ticks: seconds,
    tick,
    lines: [
      `error this process ${killed}, as it has answered nothing for ${seconds} s\n`,
      `error this process ${killed}, as no image was done for ${seconds} s\n`,
    ],
  });
  thread.keepAlive(false);
  const turn = setInterval(() => {
    Atomics.add(counts, COUNTS.turns, 1);
    if (isWaiting()) Atomics.add(counts, COUNTS.progress, 1);
  }, tick / 4);
  return {
    begin(what) {
      thread.post(what);
      Atomics.add(counts, COUNTS.progress, 1);
      Atomics.store(counts, COUNTS.inHand, 1);
    },
    progress: () => void Atomics.add(counts, COUNTS.progress, 1),
    end: () => void Atomics.store(counts, COUNTS.inHand, 0),
    [Symbol.dispose]() {
      clearInterval(turn);
      thread.terminate();
    },
  };
}

/** Runs in the thread, so it must not use any outer variables. */
function watch(): (message: Orders | string) => void {
  let work = "";
  return (message) => {
    if (typeof message === "string") {
      work = message;
      return;
    }
    const { memory, ticks, tick, lines } = message;
    const [turns, progress, inHand] = [0, 1, 2];
    const counts = new Int32Array(memory);
    const watched = [turns, progress].map((at) => ({
      at,
      before: Atomics.load(counts, at),
      still: 0,
    }));
    setInterval(() => {
      for (const it of watched) {
        const now = Atomics.load(counts, it.at);
        const isIdle = it.at === progress && Atomics.load(counts, inHand) === 0;
        it.still = now !== it.before || isIdle ? 0 : it.still + 1;
        it.before = now;
        if (it.still < ticks) continue;
        const suffix = work === "" ? "" : `${work}: `;
        const line = lines[it.at]!.replace("error ", `error ${suffix}`);
        end(new TextEncoder().encode(line));
      }
    }, tick);

    function end(line: Uint8Array) {
      // deno-lint-ignore no-explicit-any
      const { Deno, process } = globalThis as any;
      // Written from this thread, as the main thread may hang.
      try {
        if (Deno) Deno.stderr.writeSync(line);
        else process.getBuiltinModule("node:fs").writeSync(2, line);
      } finally {
        if (Deno) Deno.kill(Deno.pid, "SIGKILL");
        else process.kill(process.pid, "SIGKILL");
      }
    }
  };
}
