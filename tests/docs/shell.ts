/** Parses the commands in the docs. */

/** The lines of shell blocks, without comments; continued lines are joined. */
export function shellLinesIn(markdown: string): string[] {
  const blocks = markdown.matchAll(
    /^( *)```(?:sh|bash|console)\n([^]*?)^\1```/gm,
  );
  return Array.from(blocks, ([, , block]) => block!).join("")
    .replaceAll(/\\\n\s*/g, "").replaceAll(/\|\n\s*/g, "| ")
    .split("\n")
    .map((it) => it.replace(/(^|\s)#.*$/, "").trim())
    .filter((it) => it !== "");
}

/** The arguments of `totem` in each command of a line. */
export function commandsIn(line: string): string[][] {
  return line.split(/\||&&|;/).flatMap((part) => {
    const words = part.replace(/\s\d?[<>].*$/, "").trim().split(/\s+/);
    const args = argumentsOf(words);
    return args === null ? [] : [args];
  });
}

/** The arguments of `totem` in a command's words, however it is started; else null. */
export function argumentsOf(words: readonly string[]): string[] | null {
  const at = words.findIndex((it, i) =>
    /(^|\/)cli\.ts$|\/cli(@[\d.]+)?$/.test(it) ||
    it === "totem" && (i === 0 || words[i - 1] === "task") ||
    i > 0 && words[0] === "npx" && /^(totem|@totem\/inception.*)$/.test(it)
  );
  const args = words.slice(at + 1);
  const isCommand = at >= 0 && /^[a-z]+$/.test(args[0] ?? "");
  return isCommand ? args : null;
}

/** A command of a line, with its redirections. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** The file that it reads, or `"|"` for the output of the command before it. */
  readonly input?: string;
  /** The file that it writes, or `"|"` for the command after it. */
  readonly output?: string;
}

/**
 * Parses a line like a shell.
 *
 * @throws {Error} If it has syntax that only a real shell understands.
 */
export function parseLine(line: string): ShellCommand[] {
  const tokens = line.match(
    /(?:'[^']*'|"[^"]*"|\\.|[^\s'"|;<>&])+|&&|>>|\S/g,
  ) ?? [];
  const commands: { words: string[]; input?: string; output?: string }[] = [];
  let current: typeof commands[number] = { words: [] };
  const end = () => {
    if (current.words.length > 0) commands.push(current);
    current = { words: [] };
  };
  let target: "input" | "output" | null = null;
  for (const token of tokens) {
    if (token === "|") {
      current.output = "|";
      end();
      current.input = "|";
    } else if (token === "&&" || token === ";") {
      end();
    } else if (token === ">" || token === "<") {
      target = token === ">" ? "output" : "input";
    } else {
      const bare = token.replaceAll(/'[^']*'/g, "");
      if (/[$`*?{}()\\]|^&$|^>>$/.test(bare)) {
        throw new Error(`Only a shell can read ${token} of: ${line}`);
      }
      const word = token.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2");
      if (target) current[target] = word;
      else current.words.push(word);
      target = null;
    }
  }
  end();
  return commands;
}
