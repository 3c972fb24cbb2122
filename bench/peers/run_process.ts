/**
 * Jobs in fresh processes of Deno and Node.
 *
 * @module
 */
import type { Job, Measurement, Outcome } from "./measure.ts";
import { peakMemory } from "./peak_memory.ts";

/** What was measured in a process of its own, and what it took. */
export interface Measured extends Measurement {
  /** The most resident memory of the process, in bytes. */
  readonly peakBytes: number;
}

/**
 * Runs a job in a process.
 *
 * @param command Its program and arguments, without the job.
 * @param timeout In ms.
 * @throws {Error} When it can't, with the reason that was given.
 */
export async function runProcess(
  [program, ...args]: readonly string[],
  job: Job,
  timeout: number,
): Promise<Measured> {
  const process = new Deno.Command(program!, {
    args: [...args, JSON.stringify(job)],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  const tooLate = setTimeout(() => process.kill("SIGKILL"), timeout);
  try {
    for await (const line of linesOf(process.stdout)) {
      if (!line.startsWith("{")) continue; // Libraries tell of this and that.
      const outcome: Outcome = JSON.parse(line);
      if ("error" in outcome) throw new Error(outcome.error);
      return { ...outcome, peakBytes: await peakMemory(process.pid) };
    }
    const { signal } = await process.status;
    throw new Error(
      signal === "SIGKILL"
        ? `it isn't done within ${timeout / 1000} s`
        : `its process ends: ${firstError(await errors)}`,
    );
  } finally {
    clearTimeout(tooLate);
    end(process);
    await process.status;
    await process.stdin.close().catch(() => {});
  }
}

/** The line of a text that says what was wrong. */
function firstError(text: string): string {
  return text.split("\n").find((line) => /error/i.test(line)) ?? text;
}

function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended already.
  }
}

async function* linesOf(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    const lines = (text + decoder.decode(part, { stream: true })).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
  yield text;
}
