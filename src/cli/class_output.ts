import type { Classification, ClassLogit } from "../classification.ts";
import { classLines } from "../describe_classes.ts";
import { type Format, resultTable } from "./format_option.ts";
import type { Terminal } from "./terminal.ts";

/** The answer to an image. */
interface ClassesFound {
  readonly classes: readonly (Classification | ClassLogit)[];
}

/** Writes the classes of images. */
export interface ClassOutput<T extends ClassesFound> {
  /**
   * Writes an answer.
   *
   * @param of Of how many frames it is, for people: `" (mean of 3 frames)"`.
   */
  show(file: string, answer: T, of: string): void;
  /** Writes that there is none. */
  fail(file: string, error: string): void;
}

/** The columns of `csv` and `tsv`, whatever the model answers. */
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
 * @param threshold The least probability that was asked for.
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
      fail() {}, // Standard error has it.
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
      if (classes.length === 0) table.add({ file }); // None is likely enough.
      for (const [i, it] of classes.entries()) {
        table.add({ file, rank: i + 1, ...it });
      }
    },
    fail: (file, error) => table.add({ file, error }),
  };
}
