import { isAbsolutePath, withSlashes } from "../../io/paths.ts";

/** A valid path or address in a corpus, or an error. */
export type ImageAddress =
  | { readonly url: string }
  | { readonly fault: string };

/** Matches the scheme of an address. A file may be called `2:1.jpg`. */
const SCHEME = /^(file|data|blob)(?=:)|^[a-z][a-z\d+.-]+(?=:\/\/)/i;

/**
 * Parses an image's entry in a corpus: a path, or an address of http, https, s3 or file.
 * A file address becomes a path, and a relative path gets slashes on every system. Other
 * entries are unchanged.
 */
export function imageAddress(text: string): ImageAddress {
  const [scheme] = text.match(SCHEME) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return pathAddress(text);
    case "http":
    case "https":
      if (/\s/.test(text)) {
        return { fault: `an address has no spaces, but %20: ${shown(text)}` };
      }
      return URL.canParse(text)
        ? { url: text }
        : { fault: `its address isn't well-formed: ${shown(text)}` };
    case "s3":
      return /^s3:\/\/[^/]+\/./is.test(text)
        ? { url: text }
        : { fault: `it has no bucket or no key: ${shown(text)}` };
    case "file": {
      const path = pathOfUrl(text);
      return path === undefined
        ? { fault: `its address is of no file: ${shown(text)}` }
        : pathAddress(path);
    }
  }
  return { fault: `it is ${shown(text)}` };
}

/** Whether a result of {@linkcode imageAddress} is a relative path. */
export function isRelativePath(url: string): boolean {
  return !SCHEME.test(url) && !isAbsolutePath(url);
}

function pathAddress(path: string): ImageAddress {
  if (path === "") return { fault: "it is empty" };
  if (path.includes("\0")) return { fault: `it has a NUL: ${shown(path)}` };
  if (!path.isWellFormed()) return { fault: `it is half a character` };
  return { url: isAbsolutePath(path) ? path : withSlashes(path) };
}

/** The local path of a `file:` address; `undefined` if it has none. */
export function pathOfUrl(address: string): string | undefined {
  try {
    const url = new URL(address);
    return process.getBuiltinModule("node:url").fileURLToPath(url);
  } catch {
    return undefined;
  }
}

/** A text for messages. */
function shown(text: string): string {
  return JSON.stringify(text.length <= 100 ? text : `${text.slice(0, 100)}…`);
}
