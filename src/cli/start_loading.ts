import { displaySource } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import type { Store } from "../weights/store/store.ts";
import { STDIN } from "./image_files.ts";
import { UsageError } from "./options.ts";
import { openStore } from "./store.ts";
import type { Progress, Terminal } from "./terminal.ts";

export interface Loading extends Disposable {
  readonly store: Store;
  readonly onProgress: Progress["update"];
}

/**
 * Begins to load a model: with a progress bar on a terminal, and elsewhere with a line
 * if it is going to be downloaded, so that a log tells what takes so long.
 */
export async function startLoading(
  io: Terminal,
  source: string,
  precision: "auto" | "int8" | "f32" = "auto",
): Promise<Loading> {
  if (source === STDIN) {
    throw new UsageError(
      "Cannot read a model from standard input: give the path of its file",
    );
  }
  const store = await openStore(io);
  if (!io.streams.stderr.isTerminal()) {
    await tellDownload(io, store, source, precision);
  }
  const progress = io.showByteProgress(source);
  return {
    store,
    onProgress: progress.update,
    [Symbol.dispose]: progress.clear,
  };
}

async function tellDownload(
  io: Terminal,
  store: Store,
  source: string,
  precision: "auto" | "int8" | "f32",
): Promise<void> {
  const known = findKnownModel(source);
  const addresses = [source, known?.source ?? ""].filter((it) =>
    /^https?:/i.test(it)
  );
  if (known === undefined && addresses.length === 0) return;
  const { keptOf } = await import("./cached_models.ts");
  const names = known && precision !== "f32" ? [source] : [];
  for (const it of [...names, ...addresses]) {
    if ((await keptOf(store, it)).length > 0) return;
  }
  const { megabytes } = await import("../text/numbers.ts");
  const size = known === undefined ? "" : `, ${megabytes(known.downloadBytes)}`;
  io.tell(`Downloading ${displaySource(source)}${size}`);
}
