/** The runtimes that the package is tested on, as packages of npm. */

/** The least Node that the package is for, and what people have. */
export const NODES = ["20.16.0", "22.23.3", "24.21.0"] as const;

/** What it is too new for. */
export const OLD_NODES = ["18.20.8", "22.1.0"] as const;

/** Where Bun is among the installed packages. */
export const BUN = "bun/bin/bun.exe";

/**
 * The package of Node itself for this machine. The package `node` starts another npm
 * to install it.
 */
const NODE = [
  "node",
  Deno.build.os === "windows" ? "win" : Deno.build.os,
  Deno.build.arch === "aarch64" ? "arm64" : "x64",
].join("-");

/** All of them: files that ask for the same packages have them installed once. */
export const RUNTIME_PACKAGES: readonly string[] = [
  "bun@1.4.5",
  ...[...NODES, ...OLD_NODES].map((it) => `node-${it}@npm:${NODE}@${it}`),
];

/** Where a version of Node is among the installed packages. */
export function pathOfNode(version: string): string {
  return `node-${version}/bin/node`;
}
