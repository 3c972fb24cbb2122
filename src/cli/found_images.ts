import {
  type Input,
  type InputProblem,
  STDIN,
  walkInputs,
} from "./image_files.ts";
import type { PathList } from "./path_list.ts";
import { UsageError } from "./options.ts";
import { type PassedOver, passedOver } from "../io/passed_over.ts";
import type { Terminal } from "./terminal.ts";

/** The images of a command. Only a few are in memory at a time. */
export interface FoundImages {
  /** 1, or 2 if there are two or more images. Broken ones count. */
  readonly atLeast: number;
  /** The images, and the problems of arguments and folders. Can be read only once. */
  readonly inputs: AsyncGenerator<Input, void, void>;
  /** Shows a problem of an argument or a folder. */
  tell(problem: InputProblem): void;
  /** The number of problems shown so far. */
  readonly problems: number;
  /** Shows what was passed over in the folders. Call it after reading everything. */
  tellPassedOver(): void;
  /** Whether {@linkcode walk} can find them again: not if the list is a stream. */
  readonly canWalk: boolean;
  /** Walks the folders again, and finds later changes. Shows nothing. */
  walk(): AsyncIterable<Input>;
}

/** Options of {@linkcode findImages}. */
interface Finding {
  /** Names more images, which follow those of the arguments. */
  readonly list?: PathList | null;
  /** Called with each argument or folder without an image. */
  readonly onProblem?: (path: string, reason: string) => void;
}

/**
 * Finds the images in arguments and a list.
 *
 * @returns `null` if there is no image. The reason has been shown then.
 * @throws {UsageError} When there are neither arguments nor a list.
 */
export async function findImages(
  io: Terminal,
  args: readonly string[],
  { list = null, onProblem }: Finding = {},
): Promise<FoundImages | null> {
  if (args.length === 0 && list === null) {
    throw new UsageError(
      "Cannot start as no image is given: name a file, a folder, a glob, or - for standard input",
    );
  }
  if ([...args, list?.path].filter((it) => it === STDIN).length > 1) {
    throw new UsageError("Cannot read standard input twice");
  }
  let problems = 0;
  const tell = ({ path, reason }: InputProblem) => {
    problems++;
    io.tellProblem(path, reason);
    onProblem?.(path, reason);
  };
  const seen = passedOver();
  const inputs = inputsOf(args, list, seen);
  const first: Input[] = [];
  // The program that writes the list may be waiting for the first answer.
  const enough = list === null ? 2 : 1;
  while (first.length < enough) {
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
    // A list rarely has only one path.
    atLeast: list === null ? first.length : 2,
    inputs: (async function* () {
      yield* first;
      yield* inputs;
    })(),
    tell,
    get problems() {
      return problems;
    },
    tellPassedOver: () => seen.tell(io),
    canWalk: list === null || list.isRereadable,
    walk: () => inputsOf(args, list),
  };
}

/** The images of the arguments, then those of the list. */
async function* inputsOf(
  args: readonly string[],
  list: PathList | null,
  seen?: PassedOver,
): AsyncGenerator<Input, void, void> {
  yield* walkInputs(args, seen);
  if (list === null) return;
  const { listedInputs } = await import("./path_list.ts");
  yield* listedInputs(list);
}

/** Counts the images by walking the folders again. */
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
