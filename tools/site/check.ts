/**
 * Finds dead links in a built site.
 *
 * @module
 */
import { join } from "node:path/posix";
import { unescape } from "./html.ts";

/**
 * Checks the links, images, styles and scripts of all HTML in a folder.
 *
 * @returns The faults, one per line: missing files, missing anchors, addresses that
 * start at the site's root, or resources that the browser would fetch from another
 * site.
 */
export function findDeadLinks(folder: string): readonly string[] {
  const files = new Set(filesBelow(folder, ""));
  const pages = new Map<string, string>();
  for (const name of files) {
    if (name.endsWith(".html")) {
      pages.set(name, Deno.readTextFileSync(`${folder}/${name}`));
    }
  }
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (name: string) => {
    let known = anchors.get(name);
    if (!known) anchors.set(name, known = anchorsIn(pages.get(name) ?? ""));
    return known;
  };
  const dead: string[] = [];
  for (const [name, html] of pages) {
    for (const { kind, target } of targetsIn(html)) {
      const why = fault(name, kind, target, files, anchorsOf);
      if (why) dead.push(`${name}: ${target} ${why}`);
    }
  }
  return dead;
}

function fault(
  page: string,
  kind: Target["kind"],
  target: string,
  files: ReadonlySet<string>,
  anchorsOf: (name: string) => ReadonlySet<string>,
): string | null {
  if (/^[a-z]+:/.test(target)) {
    if (kind === "file") return "isn't of this site";
    return target.startsWith("https://") && URL.canParse(target)
      ? null
      : "isn't https";
  }
  if (target.startsWith("/")) return "fails where the site isn't at the root";
  const [address, anchor = ""] = target.split("#") as [string, string?];
  const folder = page.slice(0, page.lastIndexOf("/") + 1);
  const path = address === ""
    ? page
    : join(folder, decodeURIComponent(address.split("?")[0]!));
  const file = path.endsWith("/") || path === "."
    ? join(path, "index.html")
    : path;
  if (!files.has(file)) return "isn't there";
  const isKnown = anchor === "" ||
    anchorsOf(file).has(decodeURIComponent(anchor));
  return isKnown ? null : "has no such anchor";
}

interface Target {
  /** A link that a person follows, or a file that the browser fetches by itself. */
  readonly kind: "link" | "file";
  readonly target: string;
}

function targetsIn(html: string): readonly Target[] {
  return Array.from(
    html.matchAll(
      /<(a|img|link|script|source|video|iframe)\b[^>]*?\s(?:href|src|srcset)="([^"]*)"/g,
    ),
    ([, element, target]) => ({
      kind: element === "a" ? "link" : "file",
      target: unescape(target!),
    }),
  );
}

function anchorsIn(html: string): ReadonlySet<string> {
  const ids = html.matchAll(/\sid="([^"]*)"/g);
  return new Set(Array.from(ids, ([, id]) => unescape(id!)));
}

function* filesBelow(folder: string, prefix: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${prefix}`)) {
    if (isDirectory) yield* filesBelow(folder, `${prefix}${name}/`);
    else yield prefix + name;
  }
}
