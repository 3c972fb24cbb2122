/**
 * Does something with each image, and goes on after a broken one.
 *
 * @module
 */
import { UsageError } from "./command.ts";
import { findInputs, readInput, STDIN } from "./inputs.ts";
import { paintMessage, showProgress, tell } from "./terminal.ts";

/** The inputs of a command, found. */
export interface Images {
  /** How many there are, the broken ones included. */
  readonly count: number;
  /**
   * Calls `use` for each, and `show` with each result, in order. What `use` throws
   * is told on standard error, and `skip` is called instead.
   *
   * @param atOnce How many are used at once.
   * @returns The exit code.
   */
  forEach<T>(
    atOnce: number,
    use: (bytes: Uint8Array) => Promise<T>,
    show: (file: string, result: T) => void,
    skip?: () => void,
  ): Promise<number>;
}

/**
 * @throws {UsageError} When there are no arguments.
 */
export async function findImages(args: readonly string[]): Promise<Images> {
  if (args.length === 0) {
    throw new UsageError("Cannot start as no image is given");
  }
  if (args.filter((it) => it === STDIN).length > 1) {
    throw new UsageError("Cannot read standard input twice");
  }
  const { files, problems } = await findInputs(args);
  for (const { argument, reason } of problems) report(argument, reason);
  return {
    count: files.length,
    async forEach(atOnce, use, show, skip) {
      let failed = problems.length;
      const start = performance.now();
      using progress = showProgress((done, total) => {
        const rate = done / (performance.now() - start) * 1000;
        return `${done} of ${total} images, ${rate.toFixed(1)} a second`;
      });
      const underWay = [];
      for (const [i, file] of files.entries()) {
        // Not before its turn: what was begun is all in memory.
        while (underWay.length < atOnce && underWay.length + i < files.length) {
          const next: string = files[i + underWay.length]!;
          underWay.push(outcomeOf(readInput(next).then(use)));
        }
        const outcome = await underWay.shift()!;
        progress.clear();
        if ("result" in outcome) show(file, outcome.result);
        else {
          const { error } = outcome;
          report(file, error instanceof Error ? error.message : `${error}`);
          skip?.();
          failed++;
        }
        if (files.length > 1) progress.update(i + 1, files.length);
      }
      progress.clear();
      if (failed > 0 && files.length > 1) {
        tell(
          `${files.length + problems.length - failed} done, ${failed} failed`,
        );
      }
      return failed === 0 ? 0 : 1;
    },
  };
}

/** What became of a promise; nobody waits for it yet. */
async function outcomeOf<T>(
  promise: Promise<T>,
): Promise<{ readonly result: T } | { readonly error: unknown }> {
  try {
    return { result: await promise };
  } catch (error) {
    return { error };
  }
}

function report(file: string, reason: string): void {
  tell(`${paintMessage("red", "error")} ${file}: ${reason}`);
}
