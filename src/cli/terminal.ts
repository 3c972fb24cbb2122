/**
 * The streams of a command: results go to standard output, everything else to
 * standard error; colour and progress only where a person looks.
 *
 * All text goes through {@linkcode write}: whatever labels, file names and errors
 * hold, the only orders that a terminal gets are ours.
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

/** Where one run of a command writes, and what it has told already. */
export class Terminal {
  /** What the run reads from and writes to. */
  readonly streams: Streams;
  /** Whether notes and progress are left out: `--quiet`. */
  isQuiet = false;
  readonly #told = new Set<string>();
  #clearProgress = () => {};

  /** Writes to `streams`. */
  constructor(streams: Streams) {
    this.streams = streams;
  }

  /** Writes lines of a result. A line break within one isn't shown as such. */
  print(...lines: readonly string[]): void {
    write(this.streams.stdout, lines);
  }

  /** Writes a result as a line of JSON. */
  printJson(value: unknown): void {
    writeText(this.streams.stdout, `${printableJson(value)}\n`);
  }

  /**
   * Writes a row of a table, which has its line break. Programs get it as it is, and a
   * terminal without control characters.
   */
  printRow(row: string): void {
    const { stdout } = this.streams;
    writeText(
      stdout,
      stdout.isTerminal() ? `${printableRow(row)}\n` : row,
    );
  }

  /** Writes a part of a result that isn't text. */
  printBytes(bytes: Uint8Array): void {
    writeTo(this.streams.stdout, bytes);
  }

  /** Tells the person at the terminal some lines, in the place of a progress bar. */
  tell(...lines: readonly string[]): void {
    this.#clearProgress();
    tolerant(() => write(this.streams.stderr, lines));
  }

  /** Tells lines that nobody needs for a right answer: none if it is quiet. */
  tellNote(...lines: readonly string[]): void {
    if (!this.isQuiet) this.tell(...lines);
  }

  /** Tells a program that reads standard error a line of JSON. */
  tellJson(value: unknown): void {
    tolerant(() => writeText(this.streams.stderr, `${printableJson(value)}\n`));
  }

  /** Tells something that may surprise; the command goes on. */
  tellWarning(message: string): void {
    this.tell(`${this.paintMessage("yellow", "warning")} ${message}`);
  }

  /**
   * Tells something once in a run, which may open the model again. Only warnings are
   * told if it is quiet.
   *
   * @param word What the line begins with; `""` is none.
   */
  tellOnce(word: "note" | "warning" | "", message: string): void {
    if (this.#told.has(message) || (this.isQuiet && word !== "warning")) return;
    this.#told.add(message);
    this.tell(
      word === "" ? message : `${this.paintMessage("yellow", word)} ${message}`,
    );
  }

  /** Tells what is wrong with one of several things. */
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

  /** Paints a result, if it goes to a terminal that wants colour. */
  paint(style: Style, text: string): string {
    return this.#hasColour("stdout") ? styled(style, text) : text;
  }

  /** Paints a message, if it goes to a terminal that wants colour. */
  paintMessage(style: Style, text: string): string {
    return this.#hasColour("stderr") ? styled(style, text) : text;
  }

  /**
   * A progress bar where standard error is a terminal, unless it is quiet. It comes after
   * half a second: quick work needs none.
   *
   * @param format Words for what is done of the total.
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

  /** Whether it is a terminal that moves its cursor and paints when it is told to. */
  #obeys(stream: "stdout" | "stderr"): boolean {
    return this.streams[stream].isTerminal() &&
      readVariable(this.streams, "TERM") !== "dumb";
  }
}

/** A line at the bottom of standard error that says how far the work is. */
export interface Progress extends Disposable {
  /** So much of the total is done. A total of `Infinity` isn't known: there is no bar. */
  update(done: number, total: number): void;
  /** Takes the line away until the next update, to make room for a result. */
  clear(): void;
}

/** What a problem of `what` is, without its name, which comes before. */
export function problemOf(what: string, problem: unknown): string {
  if (problem instanceof FileError && problem.path === what) {
    return problem.reason;
  }
  return problem instanceof Error ? messageOf(problem) : `${problem}`;
}

const BAR_WIDTH = 24;
const encoder = new TextEncoder();

/** Writes lines without any orders but those of {@linkcode styled}. */
function write(stream: OutputStream, lines: readonly string[]): void {
  const text = lines.map((line) => `${printable(line)}\n`).join("");
  writeText(stream, text.replace(MARKS, "\x1b[$1m"));
}

/** Writes messages: nobody who stops reading them stops the work. */
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

/** @throws {FileError} When it can't be written to, as where a disk is full. */
function writeTo(stream: OutputStream, bytes: Uint8Array): void {
  withOpenFile("write", "the output", () => writeAll(stream, bytes));
}

/** The codes that begin and end each, of ECMA-48's SGR. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** Marks a style on its way to {@linkcode write}: no text that is shown can hold it. */
const KEY = crypto.randomUUID();
const MARKS = new RegExp(`${KEY}:(\\d+);`, "g");

/** A row without its line break and control characters, but for the tabs of columns. */
function printableRow(row: string): string {
  return row.replace(/\r?\n$/, "").split("\t").map(printable).join("\t");
}

function styled(style: Style, text: string): string {
  const [begin, end] = STYLES[style];
  return `${KEY}:${begin};${text}${KEY}:${end};`;
}
