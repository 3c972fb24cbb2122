/**
 * The three streams of a command: results go to standard output, all else to
 * standard error; colour and progress only where a person looks.
 *
 * @module
 */
/** A colour or a weight of text. */
export type Style = keyof typeof STYLES;

/** Writes a result. */
export function print(result: string | Uint8Array): void {
  writeAll(
    Deno.stdout,
    typeof result === "string" ? encoder.encode(`${result}\n`) : result,
  );
}

/** Tells the person at the terminal. */
export function tell(message: string): void {
  writeAll(Deno.stderr, encoder.encode(`${message}\n`));
}

/** Paints a result, if it goes to a terminal that wants colour. */
export function paint(style: Style, text: string): string {
  return coloured(Deno.stdout) ? styled(style, text) : text;
}

/** Paints a message, if it goes to a terminal that wants colour. */
export function paintMessage(style: Style, text: string): string {
  return coloured(Deno.stderr) ? styled(style, text) : text;
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
    if (shown) writeAll(Deno.stderr, encoder.encode("\r\x1b[K"));
    shown = false;
  };
  return {
    update(done, total) {
      const now = performance.now();
      if (!Deno.stderr.isTerminal() || now - start < 500) return;
      if (shown && now - drawn < 100 && done < total) return;
      const filled = Math.round(BAR_WIDTH * Math.min(1, done / total));
      const bar = "━".repeat(filled).padEnd(BAR_WIDTH, "╌");
      const line = `\r${bar} ${format(done, total)}\x1b[K`;
      writeAll(Deno.stderr, encoder.encode(line));
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
    `${megabytes(done)} of ${megabytes(total)} MB of ${what}`
  );
}

const BAR_WIDTH = 24;
const encoder = new TextEncoder();

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let done = 0; done < bytes.length;) {
    done += stream.writeSync(bytes.subarray(done));
  }
}

function coloured(stream: { isTerminal(): boolean }): boolean {
  return !Deno.noColor && stream.isTerminal();
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

function styled(style: Style, text: string): string {
  const [begin, end] = STYLES[style];
  return `\x1b[${begin}m${text}\x1b[${end}m`;
}
