import { hasFiles } from "../runtime/environment.ts";

/**
 * A model's source for messages: a path, or an address without possible secrets, which
 * are the username, the password, and a query such as `?token=...`.
 */
export function displaySource(source: string | URL): string {
  if (typeof source === "string" && !isAddress(source)) return source;
  if (!URL.canParse(source)) {
    return String(source).replace(/[?#].*$/s, "?…").replace(/\/\/.*@/s, "//…@");
  }
  const { protocol, host, pathname, search, href } = new URL(source);
  // The rest is the content.
  if (protocol === "data:") return `data:${pathname.split(/[;,]/)[0]},…`;
  if (protocol === "file:" && host === "") return pathOf(pathname) ?? href;
  const origin = host === "" ? protocol : `${protocol}//${host}`;
  return `${origin}${pathname}${search === "" ? "" : "?…"}`;
}

function pathOf(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined; // Malformed; another error reports that.
  }
}

/** A URL for messages. A file URL is shown as a path of the system. */
export function displayUrl(url: URL): string {
  if (url.protocol !== "file:") return displaySource(url);
  // `file:///C:/a` is `C:/a`.
  return decodeURIComponent(url.pathname).replace(/^\/(?=[a-z]:(\/|$))/i, "");
}

/** The last part of a path or an address. */
export function fileName(path: string): string {
  return path.replace(/^.*[\\/](?=.)/s, "");
}

/** Whether `source` is an address, not a path. `c:` is a drive. */
export function isAddress(source: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(source);
}

/** Removes possible secrets from the URLs in a text. */
export function redactUrls(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s()"'<>]+/g, displaySource);
}

/** The URL of an address or a path. In a browser, paths are relative to the page. */
export function toUrl(source: string | URL): URL {
  if (typeof source !== "string" || isAddress(source)) return new URL(source);
  if (!hasFiles()) return new URL(source, pageAddress());
  return typeof Deno !== "undefined" && Deno.build.os !== "windows"
    ? fileUrl(source, Deno.cwd)
    : process.getBuiltinModule("node:url").pathToFileURL(source);
}

/**
 * Like `pathToFileURL` of `node:url`, which costs 4 MB and 10 ms in Deno. Not for
 * Windows.
 */
function fileUrl(path: string, currentFolder: () => string): URL {
  const whole = path.startsWith("/") ? path : `${currentFolder()}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  // A trailing slash marks a folder.
  if (path.endsWith("/") && parts.length > 0) parts.push("");
  // Characters that are special in a URL, or dropped from it.
  const url = new URL("file:///");
  url.pathname = parts.join("/").replace(/[%\\?#|\n\r\t]/g, encodeURIComponent);
  return url;
}

/** The base URL of a page or a worker. */
export function pageAddress(): string | undefined {
  const { document, location } = globalThis as {
    readonly document?: { readonly baseURI: string };
    readonly location?: { readonly href: string };
  };
  return document?.baseURI ?? location?.href;
}
