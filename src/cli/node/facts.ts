import type { BigIntStats } from "node:fs";
import type { FileFacts } from "../system.ts";

/** What Deno would say of a file. */
export function factsOf(stats: BigIntStats): FileFacts {
  const ino = Number(stats.ino);
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    size: Number(stats.size),
    // In whole ms. Without big integers Node rounds them up, too.
    mtime: new Date(Number(stats.mtimeMs)),
    dev: Number(stats.dev),
    // Larger ones are rounded: two files could have the same.
    ino: Number.isSafeInteger(ino) ? ino : null,
  };
}
