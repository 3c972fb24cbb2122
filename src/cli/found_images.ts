import {
  type Input,
  type InputProblem,
  STDIN,
  walkInputs,
} from "./image_files.ts";
import { listedInputs, type PathList } from "./path_list.ts";
import { UsageError } from "./options.ts";
import { type PassedOver, passedOver } from "../io/passed_over.ts";
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
  /** Whether {@linkcode walk} can find them again: not in a list that is a stream. */
  readonly canWalk: boolean;
  /** Walks through folders again, and finds later changes. Nothing is shown. */
  walk(): AsyncIterable<Input>;
}

/** Where {@linkcode findImages} looks besides, and what it calls. */
interface Finding {
  /** Names images after those of the arguments. */
  readonly list?: PathList | null;
  /** Called with each argument or folder that gives no image. */
  readonly onProblem?: (path: string, reason: string) => void;
}

/**
 * Finds the images that arguments and a list stand for.
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
  // The program that writes a list may be waiting for the first answer.
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
    // A list has few paths seldom.
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

/** What arguments stand for, and then what a list names. */
async function* inputsOf(
  args: readonly string[],
  list: PathList | null,
  seen?: PassedOver,
): AsyncGenerator<Input, void, void> {
  yield* walkInputs(args, seen);
  if (list !== null) yield* listedInputs(list);
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
