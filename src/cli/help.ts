/**
 * The two help texts of a command: `--help` fits a terminal, `--help-all` has
 * everything.
 *
 * @module
 */

/** The most lines of `--help`. */
const MOST_LINES = 45;

/** The most columns of a line. */
const WIDTH = 80;

/** Sections that `--help` leaves out where the text would be too long. */
const DETAILS = /^(?:\w+ options\b.*|Limits|Formats):\n/;

/** For the help of every command. */
export const QUIET_HELP =
  "  -q, --quiet        Hide notes and progress; show results, warnings and errors";

/** A command's whole help: its own, and the options that all commands have. */
export function wholeHelp(help: string): string {
  return help.replace(/^Options:\n(?:.+(?:\n|$))+/m, `$&${QUIET_HELP}\n`);
}

/**
 * A command's help for most people: the whole one if it is short. Otherwise, some
 * sections are left out, and their options are named.
 *
 * @param command Its name, with that of the command above it: `"batch plan"`.
 */
export function shortHelp(help: string, command: string): string {
  const whole = wholeHelp(help);
  if (whole.split("\n").length <= MOST_LINES) return whole;
  const sections = whole.split("\n\n");
  const kept = sections.filter((it) => !DETAILS.test(it));
  const names = sections.filter((it) => DETAILS.test(it)).flatMap(optionsOf);
  const more = `More options (totem ${command} --help-all describes them):\n${
    inLines(names)
  }`;
  // The example stays last.
  return [...kept.slice(0, -1), more, ...kept.slice(-1)].join("\n\n");
}

/**
 * The command line that shows the help on what a message says.
 *
 * @param command As in {@linkcode shortHelp}.
 */
export function helpOn(message: string, help: string, command: string): string {
  const short = optionsOf(shortHelp(help, command));
  const whole = optionsOf(wholeHelp(help));
  const isDetail = (message.match(/--[a-z-]+/g) ?? [])
    .some((it) => whole.includes(it) && !short.includes(it));
  return isDetail ? `totem ${command} --help-all` : `totem help ${command}`;
}

/** The options that a text describes. */
function optionsOf(text: string): readonly string[] {
  return Array.from(
    text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)(?= |$)/gm),
    ([, name]) => name!,
  );
}

/** Words with commas between them, in lines that fit. */
function inLines(words: readonly string[]): string {
  const lines = ["  "];
  for (const [i, word] of words.entries()) {
    const text = i < words.length - 1 ? `${word}, ` : word;
    if ((lines.at(-1) + text).trimEnd().length > WIDTH) lines.push("  ");
    lines[lines.length - 1] += text;
  }
  return lines.map((it) => it.trimEnd()).join("\n");
}
