import { mapOrdered } from "../async/map_ordered.ts";
import type { Classifier } from "../classifier.ts";
import { type Pixels, preprocess } from "../image/mod.ts";
import { UsageError } from "./options.ts";
import type { ImageReading } from "./image_options.ts";
import type { ModelLoading } from "./model_options.ts";
import { findInputs, readBytes, STDIN } from "./image_files.ts";
import { problemOf, type Terminal } from "./terminal.ts";

/** How an image is run that has been made the network's input already. */
export const PREPROCESSED = { crop: { kind: "squash" } } as const;

/** The inputs of a command, found. */
export interface Images {
  /** How many there are, the broken ones included. */
  readonly count: number;
  /** Their names, in order. */
  readonly files: readonly string[];
  /**
   * Calls `use` with each, and `show` with each result, in order. What is wrong with
   * an image is told on standard error, and `skip` is called instead.
   *
   * @param loading The model, which is disposed in the end. The first image is
   * decoded while it is read.
   * @param use Is given an image as it enters the network: see {@linkcode PREPROCESSED}.
   * @param before How many of the first an earlier run has done, and how many failed.
   * @returns The exit code.
   */
  forEach<T>(
    loading: ModelLoading,
    use: (model: Classifier, input: Pixels) => Promise<T>,
    show: (file: string, result: T) => void,
    skip?: (file: string, reason: string) => void,
    before?: { readonly done: number; readonly failed: number },
  ): Promise<number>;
}

/**
 * @param onProblem Called with each argument or folder from which no image comes.
 * @throws {UsageError} When there are no arguments.
 */
export async function findImages(
  io: Terminal,
  args: readonly string[],
  reading: ImageReading,
  onProblem?: (path: string, reason: string) => void,
): Promise<Images> {
  if (args.length === 0) {
    throw new UsageError("Cannot start as no image is given");
  }
  if (args.filter((it) => it === STDIN).length > 1) {
    throw new UsageError("Cannot read standard input twice");
  }
  const { files, problems, passedOver } = await findInputs(args);
  for (const { path, reason } of problems) {
    io.tellProblem(path, reason);
    onProblem?.(path, reason);
  }
  if (files.length === 0) passedOver.tell(io);
  return {
    count: files.length,
    files,
    async forEach(loading, use, show, skip, before = { done: 0, failed: 0 }) {
      const left = files.slice(before.done);
      let failed = problems.length + before.failed;
      const begin = async (file: string, i: number) => ({
        file,
        done: before.done + i + 1,
        ...await outcomeOf(async () => {
          const { size, geometry } = await loading.input;
          const input = await preprocess(
            await readBytes(file, io.streams),
            size,
            geometry,
            reading,
          );
          return await use(await loading.model, input);
        }),
      });
      const [first] = left.slice(0, 1).map(begin);
      using model = await loading.model;
      const start = performance.now();
      using progress = io.showProgress((done, total) => {
        const rate = (done - before.done) / (performance.now() - start) * 1000;
        return `${done} of ${total} images, ${rate.toFixed(1)} a second`;
      });
      const outcomes = mapOrdered(
        left,
        (file, _, i) => i === 0 ? first! : begin(file, i),
        { concurrency: model.concurrency },
      );
      for await (const { file, done, ...outcome } of outcomes) {
        progress.clear();
        if ("result" in outcome) show(file, outcome.result);
        else {
          io.tellProblem(file, outcome.error);
          skip?.(file, problemOf(file, outcome.error));
          failed++;
        }
        if (files.length > 1) {
          progress.update(done, files.length);
        }
      }
      progress.clear();
      if (failed > 0 && files.length > 1) {
        io.tell(
          `${files.length + problems.length - failed} done, ${failed} failed`,
        );
      }
      passedOver.tell(io);
      return failed === 0 ? 0 : 1;
    },
  };
}

/** What becomes of an action; nobody waits for it yet. */
async function outcomeOf<T>(
  action: () => Promise<T>,
): Promise<{ readonly result: T } | { readonly error: unknown }> {
  try {
    return { result: await action() };
  } catch (error) {
    return { error };
  }
}
