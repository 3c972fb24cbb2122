import type { Classification, ClassLogit } from "../classification.ts";
import { classLines } from "../describe_classes.ts";
import { type Format, resultTable } from "./format_option.ts";
import type { Terminal } from "./terminal.ts";

/** The result for an image. */
interface ClassesFound {
  readonly classes: readonly (Classification | ClassLogit)[];
}

/** Writes the classes of images. */
export interface ClassOutput<T extends ClassesFound> {
  /**
   * Writes a result.
   *
   * @param of The number of frames, for people: `" (mean of 3 frames)"`.
   */
  show(file: string, answer: T, of: string): void;
  /** Writes an error in place of a result. */
  fail(file: string, error: string): void;
}

/** The columns of `csv` and `tsv`, the same for every model. */
const COLUMNS = [
  "file",
  "rank",
  "label",
  "id",
  "index",
  "probability",
  "logit",
  "error",
] as const;

/**
 * The output of `totem classify`.
 *
 * @param threshold The minimum probability, if one was given.
 */
export function classOutput<T extends ClassesFound>(
  io: Terminal,
  format: Format,
  threshold: number | undefined,
): ClassOutput<T> {
  if (format === "text") {
    return {
      show(file, { classes }, of) {
        const lines = classLines(classes, threshold);
        io.print(
          `${io.paint("bold", file)}${of}`,
          ...lines.map((it) => `  ${it}`),
        );
      },
      fail() {}, // Reported on standard error.
    };
  }
  if (format === "json") {
    return {
      show: (file, answer) => io.printJson({ file, ...answer }),
      fail: (file, error) => io.printJson({ file, error }),
    };
  }
  const table = resultTable(io, format, COLUMNS);
  return {
    show(file, { classes }) {
      if (classes.length === 0) table.add({ file }); // No class is likely enough.
      for (const [i, it] of classes.entries()) {
        table.add({ file, rank: i + 1, ...it });
      }
    },
    fail: (file, error) => table.add({ file, error }),
  };
}
