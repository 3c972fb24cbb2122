/** The commands that texts show. */

/** The lines of blocks of shell, without comments; what is continued is one line. */
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

/** What follows `totem` in each command of a line. */
export function commandsIn(line: string): string[][] {
  return line.split(/\||&&|;/).flatMap((part) => {
    const words = part.replace(/\s\d?[<>].*$/, "").trim().split(/\s+/);
    const args = argumentsOf(words);
    return args === null ? [] : [args];
  });
}

/** What follows `totem` in the words of a command, however it is started; else null. */
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

/** A command of a line, with what its streams are. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** The file that it reads, or `"|"` for what the command before it writes. */
  readonly input?: string;
  /** The file that it writes, or `"|"` for the command after it. */
  readonly output?: string;
}

/**
 * A line as a shell reads it.
 *
 * @throws {Error} When it has what only a real shell understands.
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
