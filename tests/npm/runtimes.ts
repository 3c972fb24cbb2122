/** The runtimes on which the package is tested, as npm packages. */

/** The oldest supported Node, and common versions. */
export const NODES = ["20.16.0", "22.23.3", "24.21.0"] as const;

/** Unsupported versions. */
export const OLD_NODES = ["18.20.8", "22.1.0"] as const;

/** The path of Bun among the installed packages. */
export const BUN = "bun/bin/bun.exe";

/**
 * The platform package of Node itself. The package `node` would start another npm to
 * install it.
 */
const NODE = [
  "node",
  Deno.build.os === "windows" ? "win" : Deno.build.os,
  Deno.build.arch === "aarch64" ? "arm64" : "x64",
].join("-");

/** All runtimes: files that request the same packages share one installation. */
export const RUNTIME_PACKAGES: readonly string[] = [
  "bun@1.4.5",
  ...[...NODES, ...OLD_NODES].map((it) => `node-${it}@npm:${NODE}@${it}`),
];

/** The path of a version of Node among the installed packages. */
export function pathOfNode(version: string): string {
  return `node-${version}/bin/node`;
}
