import {
  type Input,
  type InputProblem,
  STDIN,
  walkInputs,
} from "./image_files.ts";
import { UsageError } from "./options.ts";
import { passedOver } from "../io/passed_over.ts";
import type { Terminal } from "./terminal.ts";

/** The images of a command. Only a few are held at a time. */
export interface FoundImages {
  /** The number of images, broken ones included: 1, or 2 for two or more. */
  readonly atLeast: number;
  /** The images, and the problems of arguments and folders; to be read once. */
  readonly inputs: AsyncGenerator<Input, void, void>;
  /** Shows a problem of an argument or a folder. */
  tell(problem: InputProblem): void;
  /** The number of problems that were shown. */
  readonly problems: number;
  /** Shows what was passed over in the folders, once everything has been read. */
  tellPassedOver(): void;
  /** Walks through folders again, and finds later changes. Nothing is shown. */
  walk(): AsyncIterable<Input>;
}

/**
 * Finds the images that arguments stand for.
 *
 * @param onProblem Called with each argument or folder that gives no image.
 * @returns `null` if there is no image. The reason has been shown then.
 * @throws {UsageError} When there are no arguments.
 */
export async function findImages(
  io: Terminal,
  args: readonly string[],
  onProblem?: (path: string, reason: string) => void,
): Promise<FoundImages | null> {
  if (args.length === 0) {
    throw new UsageError(
      "Cannot start as no image is given: name a file, a folder, a glob, or - for standard input",
    );
  }
  if (args.filter((it) => it === STDIN).length > 1) {
    throw new UsageError("Cannot read standard input twice");
  }
  let problems = 0;
  const tell = ({ path, reason }: InputProblem) => {
    problems++;
    io.tellProblem(path, reason);
    onProblem?.(path, reason);
  };
  const seen = passedOver();
  const inputs = walkInputs(args, seen);
  const first: Input[] = [];
  while (first.length < 2) {
    const { value, done } = await inputs.next();
    if (done) break;
    if ("file" in value) first.push(value);
    else tell(value);
  }
  if (first.length === 0) {
    seen.tell(io);
    return null;
  }
  return {
    atLeast: first.length,
    inputs: (async function* () {
      yield* first;
      yield* inputs;
    })(),
    tell,
    get problems() {
      return problems;
    },
    tellPassedOver: () => seen.tell(io),
    walk: () => walkInputs(args),
  };
}

/** Counts the images in another walk through the folders. */
export async function countImages(
  images: FoundImages,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const input of images.walk()) {
    if ("file" in input) count++;
    if (signal?.aborted) break;
  }
  return count;
}
