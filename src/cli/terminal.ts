/**
 * The streams of a command. Results go to standard output, everything else to standard
 * error. Colour and progress are only shown on a terminal.
 *
 * All text goes through {@linkcode write}, so that labels, file names and errors can't
 * send control sequences to the terminal.
 *
 * @module
 */
import {
  displayPath,
  FileError,
  messageOf,
  withOpenFile,
} from "./file_error.ts";
import { printable, printableJson } from "../text/printable.ts";
import { displaySource } from "../io/address.ts";
import {
  isBrokenPipe,
  type OutputStream,
  readVariable,
  type Streams,
  writeAll,
} from "./system.ts";

/** A colour or a weight of text. */
export type Style = keyof typeof STYLES;

/** The output of one run of a command. Remembers which messages were shown. */
export class Terminal {
  /** The run's streams. */
  readonly streams: Streams;
  /** Whether to hide notes and progress: `--quiet`. */
  isQuiet = false;
  readonly #told = new Set<string>();
  #clearProgress = () => {};

  /** Writes to `streams`. */
  constructor(streams: Streams) {
    this.streams = streams;
  }

  /** Writes lines of a result. Line breaks within a line are replaced. */
  print(...lines: readonly string[]): void {
    write(this.streams.stdout, lines);
  }

  /** Writes a result as a line of JSON. */
  printJson(value: unknown): void {
    writeText(this.streams.stdout, `${printableJson(value)}\n`);
  }

  /**
   * Writes a table row, which includes its line break. It is written unchanged to a file
   * or pipe; for a terminal, control characters are replaced.
   */
  printRow(row: string): void {
    const { stdout } = this.streams;
    writeText(
      stdout,
      stdout.isTerminal() ? `${printableRow(row)}\n` : row,
    );
  }

  /** Writes binary data of a result. */
  printBytes(bytes: Uint8Array): void {
    writeTo(this.streams.stdout, bytes);
  }

  /** Shows lines on standard error, in place of a progress bar. */
  tell(...lines: readonly string[]): void {
    this.#clearProgress();
    tolerant(() => write(this.streams.stderr, lines));
  }

  /** Shows informational lines, unless quiet. */
  tellNote(...lines: readonly string[]): void {
    if (!this.isQuiet) this.tell(...lines);
  }

  /** Writes a line of JSON to standard error. */
  tellJson(value: unknown): void {
    tolerant(() => writeText(this.streams.stderr, `${printableJson(value)}\n`));
  }

  /** Shows a warning. The command continues. */
  tellWarning(message: string): void {
    this.tell(`${this.paintMessage("yellow", "warning")} ${message}`);
  }

  /**
   * Shows a message once per run, as a run may open the model several times. If quiet,
   * only warnings are shown.
   *
   * @param word The first word of the line; `""` for none.
   */
  tellOnce(word: "note" | "warning" | "", message: string): void {
    if (this.#told.has(message) || (this.isQuiet && word !== "warning")) return;
    this.#told.add(message);
    this.tell(
      word === "" ? message : `${this.paintMessage("yellow", word)} ${message}`,
    );
  }

  /** Shows an error of one of several items. */
  tellProblem(
    what: string,
    problem: unknown,
    { word = "error", style = "red" }: {
      readonly word?: string;
      readonly style?: Style;
    } = {},
  ): void {
    this.tell(
      `${this.paintMessage(style, word)} ${displayPath(what)}: ${
        problemOf(what, problem)
      }`,
    );
  }

  /** Styles a result, if standard output is a terminal with colour. */
  paint(style: Style, text: string): string {
    return this.#hasColour("stdout") ? styled(style, text) : text;
  }

  /** Styles a message, if standard error is a terminal with colour. */
  paintMessage(style: Style, text: string): string {
    return this.#hasColour("stderr") ? styled(style, text) : text;
  }

  /**
   * A progress bar, if standard error is a terminal, unless quiet. It appears after half
   * a second, so not for quick work.
   *
   * @param format The text for the progress.
   */
  showProgress(format: (done: number, total: number) => string): Progress {
    const { stderr } = this.streams;
    const start = performance.now();
    let shown = false;
    let drawn = 0;
    const clear = () => {
      if (shown) writeText(stderr, "\r\x1b[K");
      shown = false;
    };
    return {
      update: (done, total) => {
        const now = performance.now();
        if (now - start < 500 || this.isQuiet || !this.#obeys("stderr")) return;
        if (shown && now - drawn < 100 && done < total) return;
        const filled = Math.round(BAR_WIDTH * Math.min(1, done / total));
        const bar = total < Infinity
          ? `${"━".repeat(filled).padEnd(BAR_WIDTH, "╌")} `
          : "";
        writeText(stderr, `\r${bar}${printable(format(done, total))}\x1b[K`);
        shown = true;
        drawn = now;
        this.#clearProgress = clear;
      },
      clear,
      [Symbol.dispose]: clear,
    };
  }

  /** A progress bar for the bytes of `what`. */
  showByteProgress(what: string): Progress {
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    return this.showProgress((done, total) =>
      `${megabytes(done)} of ${megabytes(total)} MB of ${displaySource(what)}`
    );
  }

  #hasColour(stream: "stdout" | "stderr"): boolean {
    return !this.streams.noColor && this.#obeys(stream);
  }

  /** Whether it is a terminal that supports control sequences. */
  #obeys(stream: "stdout" | "stderr"): boolean {
    return this.streams[stream].isTerminal() &&
      readVariable(this.streams, "TERM") !== "dumb";
  }
}

/** A progress line at the bottom of standard error. */
export interface Progress extends Disposable {
  /**
   * Updates the progress. If the total is `Infinity`, it is unknown, and no bar is shown.
   */
  update(done: number, total: number): void;
  /** Removes the line until the next update, to make room for a result. */
  clear(): void;
}

/** The description of a problem, without the name of its item. */
export function problemOf(what: string, problem: unknown): string {
  if (problem instanceof FileError && problem.path === what) {
    return problem.reason;
  }
  return problem instanceof Error ? messageOf(problem) : `${problem}`;
}

const BAR_WIDTH = 24;
const encoder = new TextEncoder();

/** Writes lines without control sequences, except those of {@linkcode styled}. */
function write(stream: OutputStream, lines: readonly string[]): void {
  const text = lines.map((line) => `${printable(line)}\n`).join("");
  writeText(stream, text.replace(MARKS, "\x1b[$1m"));
}

/** Writes messages. Ignores a broken pipe, which must not stop the work. */
function tolerant(writing: () => void): void {
  try {
    writing();
  } catch (error) {
    if (!isBrokenPipe(error)) throw error;
  }
}

function writeText(stream: OutputStream, text: string): void {
  writeTo(stream, encoder.encode(text));
}

/** @throws {FileError} When writing fails, for example on a full disk. */
function writeTo(stream: OutputStream, bytes: Uint8Array): void {
  withOpenFile("write", "the output", () => writeAll(stream, bytes));
}

/** The start and end code of each style (ECMA-48 SGR). */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** Marks a style for {@linkcode write}. Random, so that no other text contains it. */
const KEY = crypto.randomUUID();
const MARKS = new RegExp(`${KEY}:(\\d+);`, "g");

/** Replaces the control characters of a row, except tabs, and removes its line break. */
function printableRow(row: string): string {
  return row.replace(/\r?\n$/, "").split("\t").map(printable).join("\t");
}

function styled(style: Style, text: string): string {
  const [begin, end] = STYLES[style];
  return `${KEY}:${begin};${text}${KEY}:${end};`;
}
