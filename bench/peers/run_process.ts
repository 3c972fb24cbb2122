/**
 * Runs jobs in fresh processes of Deno and Node.
 *
 * @module
 */
import type { Job, Measurement, Outcome } from "./measure.ts";
import { peakMemory } from "./peak_memory.ts";

/** The measurements in a separate process, with its memory. */
export interface Measured extends Measurement {
  /** The peak resident memory of the process, in bytes. */
  readonly peakBytes: number;
}

/**
 * Runs a job in a process.
 *
 * @param command The program and its arguments, without the job.
 * @param timeout In ms.
 * @throws {Error} If the job fails, with the reason that the process reports.
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
      if (!line.startsWith("{")) continue; // Output of a library.
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

/** The first line of a text that reports an error. */
function firstError(text: string): string {
  return text.split("\n").find((line) => /error/i.test(line)) ?? text;
}

function end(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has already exited.
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
