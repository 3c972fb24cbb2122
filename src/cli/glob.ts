/**
 * File name patterns with shell syntax: `*`, `?`, `[a-z]`, `[!a-z]`, `**` for any number
 * of folders, `{a,b}`, `{1..9}`, and `@(a|b)`, `?(a)`, `*(a)`, `+(a)`, `!(a)`. A
 * backslash escapes the next character. Hidden files match only a literal dot in the
 * pattern.
 *
 * @module
 */

/** Matches a name that is a pattern. */
export const GLOB = /[*?[\]{}]|[!@+]\(/;

/** A pattern of paths with slashes. */
export interface Glob {
  /** The folder to search, which contains all matches; `"."` for the current one. */
  readonly folder: string;
  /** @param path Starts with the folder, unless that is the current one. */
  readonly matches: (path: string) => boolean;
}

/** Parses a pattern. Returns null if `pattern` is a plain name. */
export function parseGlob(pattern: string): Glob | null {
  if (!GLOB.test(pattern)) return null;
  const glob = pattern.replace(/^(\.\/)+/, "");
  const [plain] = glob.match(/^[^\\*?[\]{}!@+]*/)!;
  const slash = plain.lastIndexOf("/");
  const expression = new RegExp(`^(?:${translate(glob, true)})$`, "su");
  return {
    folder: slash === 0 ? "/" : plain.slice(0, Math.max(slash, 0)) || ".",
    matches: (path) => expression.test(path),
  };
}

/** Wildcards don't match the dot of a hidden file. */
const NO_DOT = "(?!\\.)";
/** Any number of folders, none of them hidden. */
const FOLDERS = `(?:${NO_DOT}[^/]+/)*`;
/** A longer range `{1..9}` is taken literally. */
const MOST_NUMBERS = 10_000;

/**
 * Translates a glob into the source of a regular expression.
 *
 * @param first Whether this is the start of a file name.
 */
function translate(glob: string, first: boolean): string {
  let text = "";
  for (let i = 0; i < glob.length;) {
    const rest = glob.slice(i);
    const guard = first ? NO_DOT : "";
    const group = groupIn(rest);
    const set = rest.match(/^\[([!^]?)(\]?(?:\\.|[^\]\\])*)\]/su);
    if (first && /^\*\*(\/|$)/.test(rest)) {
      text += rest.length === 2 ? `${FOLDERS}${NO_DOT}[^/]+` : FOLDERS;
      i += 3;
      continue;
    } else if (group) {
      const { kind, parts, length } = group;
      const choices = parts.map((it) => translate(it, first)).join("|");
      i += length;
      if (kind === "!") {
        const others = translate(glob.slice(i), false);
        return `${text}${guard}(?!(?:${choices})${others}$)[^/]*${others}`;
      }
      text += `(?:${choices})${"?*+".includes(kind) ? kind : ""}`;
      first &&= parts.includes("") || kind === "?" || kind === "*";
      continue;
    } else if (set && isSet(set)) {
      text += guard + setText(set);
      i += set[0].length;
    } else if (rest[0] === "*") {
      text += `${guard}[^/]*`;
      i += rest.match(/^\*+(?!\()/)?.[0].length ?? 1;
    } else if (rest[0] === "?") {
      text += `${guard}[^/]`;
      i++;
    } else {
      const [whole, escaped, plain] = rest.match(/^(?:\\(.)|(.))/su) ?? [rest];
      text += (escaped ?? plain ?? whole).replace(
        /[\\^$.*+?()[\]{}|/]/,
        "\\$&",
      );
      i += whole.length;
      first = whole === "/";
      continue;
    }
    first = false;
  }
  return text;
}

/** Alternatives in braces, or in parentheses after a sign. */
interface Group {
  /** `"{"`, or the sign. */
  readonly kind: string;
  readonly parts: readonly string[];
  /** The length of the whole group in the pattern. */
  readonly length: number;
}

/** The group at the start of a pattern, if it is closed. */
function groupIn(glob: string): Group | null {
  const [begin] = glob.match(/^(\{|[@?*+!]\()/) ?? [];
  if (begin === undefined) return null;
  const [separator, end] = begin === "{" ? [",", "}"] : ["|", ")"];
  const parts = [""];
  let depth = 0;
  for (let i = begin.length; i < glob.length; i++) {
    const char = glob[i]!;
    if (depth === 0 && char === end) {
      const choices = begin === "{" && parts.length === 1
        ? numbersOf(parts[0]!)
        : parts;
      return choices &&
        { kind: begin[0]!, parts: choices, length: i + 1 };
    }
    if (depth === 0 && char === separator) {
      parts.push("");
      continue;
    }
    if (char === "{" || char === "(") depth++;
    if (char === "}" || char === ")") depth--;
    parts[parts.length - 1] += char === "\\" ? char + (glob[++i] ?? "") : char;
  }
  return null;
}

/** The numbers of a range such as `1..9`, or null if it isn't one. */
function numbersOf(range: string): readonly string[] | null {
  const [, from, to] = range.match(/^(-?\d{1,9})\.\.(-?\d{1,9})$/) ?? [];
  if (from === undefined) return null;
  const count = Math.abs(Number(to) - Number(from)) + 1;
  if (count > MOST_NUMBERS) return null;
  const step = Number(from) <= Number(to) ? 1 : -1;
  const isPadded = /^-?0\d/.test(from) || /^-?0\d/.test(to!);
  const width = isPadded ? Math.max(from.length, to!.length) : 0;
  return Array.from({ length: count }, (_, i) => {
    const value = Number(from) + i * step;
    const digits = `${Math.abs(value)}`;
    return value < 0
      ? `-${digits.padStart(width - 1, "0")}`
      : digits.padStart(width, "0");
  });
}

/** Translates `[…]` into a character class that never matches a slash. */
function setText([, not, chars]: RegExpMatchArray): string {
  const inside = chars!.replace(
    /\\(.)|[\\[\]^]/gsu,
    (whole, escaped) =>
      /^[\w\s]$/u.test(escaped ?? "") ? escaped : `\\${escaped ?? whole}`,
  );
  return not ? `[^/${inside}]` : `(?!/)[${inside}]`;
}

/** Not for an invalid range such as `z-a`. */
function isSet(set: RegExpMatchArray): boolean {
  if (set[2] === "") return false;
  try {
    new RegExp(setText(set), "u");
    return true;
  } catch {
    return false;
  }
}
