/**
 * The two help texts of a command: `--help` fits a terminal, `--help-all` describes
 * everything.
 *
 * @module
 */

/** The maximum number of lines of `--help`. */
const MOST_LINES = 45;

/** The maximum line width, in columns. */
const WIDTH = 80;

/** Sections that `--help` leaves out if the text would be too long. */
const DETAILS = /^(?:\w+ options\b.*|Limits|Formats):\n/;

/** A line in the help of every command. */
export const QUIET_HELP =
  "  -q, --quiet        Hide notes and progress; show results, warnings and errors";

/** A command's full help, including the options of all commands. */
export function wholeHelp(help: string): string {
  return help.replace(/^Options:\n(?:.+(?:\n|$))+/m, `$&${QUIET_HELP}\n`);
}

/**
 * A command's help for most people: the full text if it is short. Otherwise, some
 * sections are replaced by the names of their options.
 *
 * @param command Its name, including the parent command: `"batch plan"`.
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
  // The example is always last.
  return [...kept.slice(0, -1), more, ...kept.slice(-1)].join("\n\n");
}

/**
 * The command line that shows help for the options in a message.
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

/** Joins words with commas, wrapped to the maximum line width. */
function inLines(words: readonly string[]): string {
  const lines = ["  "];
  for (const [i, word] of words.entries()) {
    const text = i < words.length - 1 ? `${word}, ` : word;
    if ((lines.at(-1) + text).trimEnd().length > WIDTH) lines.push("  ");
    lines[lines.length - 1] += text;
  }
  return lines.map((it) => it.trimEnd()).join("\n");
}
