/**
 * The streams of a command: results go to standard output, everything else to
 * standard error; colour and progress only where a person looks.
 *
 * All text goes through {@linkcode write}: whatever labels, file names and errors
 * hold, the only orders that a terminal gets are ours.
 *
 * @module
 */
import { FileError } from "./file_error.ts";
import { messageOf } from "./image_options.ts";
import { printable, printableJson } from "../printable.ts";
import { shownSource } from "../address.ts";
import { type OutputStream, system, writeAll } from "./system.ts";

/** A colour or a weight of text. */
export type Style = keyof typeof STYLES;

/** Writes lines of a result. A line break within one isn't shown as such. */
export function print(...lines: readonly string[]): void {
  write(system.stdout, lines);
}

/** Writes a result as a line of JSON. */
export function printJson(value: unknown): void {
  writeAll(system.stdout, encoder.encode(`${printableJson(value)}\n`));
}

/** Writes a part of a result that isn't text. */
export function printBytes(bytes: Uint8Array): void {
  writeAll(system.stdout, bytes);
}

/** Tells the person at the terminal some lines. */
export function tell(...lines: readonly string[]): void {
  write(system.stderr, lines);
}

/** Tells of what may surprise, and goes on. */
export function tellWarning(message: string): void {
  tell(`${paintMessage("yellow", "warning")} ${message}`);
}

/** Tells a program that reads standard error a line of JSON. */
export function tellJson(value: unknown): void {
  writeAll(system.stderr, encoder.encode(`${printableJson(value)}\n`));
}

/** What a command says when something is wrong with one of several things. */
export function tellProblem(
  what: string,
  problem: unknown,
  { word = "error", style = "red" }: {
    readonly word?: string;
    readonly style?: Style;
  } = {},
): void {
  tell(
    `${paintMessage(style, word)} ${what || '""'}: ${problemOf(what, problem)}`,
  );
}

/** What a problem of `what` is, without its name, which comes before. */
export function problemOf(what: string, problem: unknown): string {
  if (problem instanceof FileError && problem.path === what) {
    return problem.reason;
  }
  return problem instanceof Error ? messageOf(problem) : `${problem}`;
}

/** Paints a result, if it goes to a terminal that wants colour. */
export function paint(style: Style, text: string): string {
  return coloured(system.stdout) ? styled(style, text) : text;
}

/** Paints a message, if it goes to a terminal that wants colour. */
export function paintMessage(style: Style, text: string): string {
  return coloured(system.stderr) ? styled(style, text) : text;
}

/** A line at the bottom of standard error that says how far the work is. */
export interface Progress extends Disposable {
  /** So much of the total is done. */
  update(done: number, total: number): void;
  /** Takes the line away until the next update, to make room for a result. */
  clear(): void;
}

/**
 * A progress bar where standard error is a terminal, and nothing elsewhere. It
 * comes after half a second: quick work needs none.
 *
 * @param format Words for what is done of the total.
 */
export function showProgress(
  format: (done: number, total: number) => string,
): Progress {
  const start = performance.now();
  let shown = false;
  let drawn = 0;
  const clear = () => {
    if (shown) writeAll(system.stderr, encoder.encode("\r\x1b[K"));
    shown = false;
  };
  return {
    update(done, total) {
      const now = performance.now();
      if (now - start < 500 || !obeys(system.stderr)) return;
      if (shown && now - drawn < 100 && done < total) return;
      const filled = Math.round(BAR_WIDTH * Math.min(1, done / total));
      const bar = "━".repeat(filled).padEnd(BAR_WIDTH, "╌");
      const line = `\r${bar} ${printable(format(done, total))}\x1b[K`;
      writeAll(system.stderr, encoder.encode(line));
      shown = true;
      drawn = now;
    },
    clear,
    [Symbol.dispose]: clear,
  };
}

/** A progress bar for the bytes of `what`. */
export function showByteProgress(what: string): Progress {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return showProgress((done, total) =>
    `${megabytes(done)} of ${megabytes(total)} MB of ${shownSource(what)}`
  );
}

const BAR_WIDTH = 24;
const encoder = new TextEncoder();

/** Writes lines without any orders but those of {@linkcode styled}. */
function write(stream: OutputStream, lines: readonly string[]): void {
  const text = lines.map((line) => `${printable(line)}\n`).join("");
  writeAll(stream, encoder.encode(text.replace(MARKS, "\x1b[$1m")));
}

function coloured(stream: OutputStream): boolean {
  return !system.noColor && obeys(stream);
}

/** Whether it is a terminal that moves its cursor and paints when it is told to. */
function obeys(stream: OutputStream): boolean {
  return stream.isTerminal() && variable("TERM") !== "dumb";
}

/** `undefined` also where it may not be read, without asking. */
function variable(name: string): string | undefined {
  const { state } = system.permissions.querySync({
    name: "env",
    variable: name,
  });
  return state === "granted" ? system.env.get(name) : undefined;
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

function styled(style: Style, text: string): string {
  const [begin, end] = STYLES[style];
  return `${KEY}:${begin};${text}${KEY}:${end};`;
}
