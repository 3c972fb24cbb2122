import type { RunStorage } from "../../src/batch/storage.ts";

/** A run's files in memory. */
export interface MemoryStorage extends RunStorage {
  readonly files: Map<string, Uint8Array>;
}

export function memoryStorage(): MemoryStorage {
  const files = new Map<string, Uint8Array>();
  return {
    address: "memory",
    files,
    read: (name) => Promise.resolve(files.get(name)),
    has: (name) => Promise.resolve(files.has(name)),
    write: (name, bytes) => Promise.resolve(void files.set(name, bytes)),
    async *list(folder) {
      for (const name of files.keys()) {
        if (name.startsWith(`${folder}/`)) yield { name, modified: 0 };
      }
    },
  };
}
