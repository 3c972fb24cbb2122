import { MODEL_FILES } from "../weights/model_endings.ts";
import { isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import type { Store } from "../weights/mod.ts";
import { type Command, parseOne } from "./command.ts";
import { flag } from "./option_kinds.ts";
import { UsageError } from "./options.ts";
import { unknownModel } from "./source_name.ts";
import { assertCache } from "./cache_access.ts";
import {
  type CheckedFile,
  checkFile,
  isModelFile,
  keptOf,
} from "./cached_models.ts";
import { megabytes } from "../text/numbers.ts";
import { openStore } from "./store.ts";
import { loadNetwork } from "./load_network.ts";
import { NETWORK_OPTIONS } from "./network_options.ts";
import type { Terminal } from "./terminal.ts";

/** Options that a model at an address may require. */
const NEEDED = ["activation", "state-dict"] as const;

const OPTIONS = {
  activation: NETWORK_OPTIONS.activation,
  "state-dict": NETWORK_OPTIONS["state-dict"],
  verify: flag,
};

/** `totem pull` */
export const pull: Command = {
  summary: "Download a model ahead of time",
  help: `\
Usage: totem pull SOURCE [options]

Downloads a model to the cache, so that later runs need no network.

SOURCE is a known name (see totem models), whose model is converted to int8, or
the URL of a model:
  ${MODEL_FILES}

Shows the SHA-256 of each cached file. Files that are damaged, or have changed
at their URL, are downloaded again.

Options:
  --verify           Only check the cached files, without downloading. The exit
                     code is 1 if a file is missing or damaged
  --activation NAME  softmax, sigmoid or none, for a model at a URL that can't
                     be loaded without it
  --state-dict NAME  Key of the state dict to check in a PyTorch checkpoint that
                     has several; the whole file is cached

Example:
  totem pull nsfw`,
  async run(args, io) {
    const values = parseOne(args, "pull", "SOURCE", OPTIONS);
    const { argument: source, activation, "state-dict": stateDict } = values;
    assertSource(source);
    const asked = NEEDED.find((it) => values[it] !== undefined);
    const unused = values.verify
      ? "--verify"
      : findKnownModel(source) && `${source}, a known model`;
    if (asked && unused) {
      throw new UsageError(`Cannot use --${asked} with ${unused}`);
    }
    await assertCache(io.streams, "read");
    const store = await openStore(io);
    const before = await checkFiles(io, store, source);
    let files = before;
    // Only a request shows whether a file at an address has changed.
    const isDone = files !== null && findKnownModel(source);
    if (!isDone && !values.verify) {
      await assertCache(io.streams, "write"); // Otherwise the download would be wasted.
      await loadNetwork(io, source, { activation, stateDict });
      // Read the files back to verify what is actually on disk.
      files = await checkFiles(io, store, source);
      if (files === null) return 1; // The store has reported the reason.
    }
    if (files === null) {
      io.tellProblem(
        source,
        `no sound file is cached: totem pull ${source} fetches one`,
      );
      return 1;
    }
    const known = new Set(before?.map(({ sha256 }) => sha256));
    for (const { source: name, size, sha256 } of files) {
      const shown = findKnownModel(source) ? source : name;
      const state = values.verify
        ? "sound"
        : known.has(sha256)
        ? "already cached and sound"
        : "downloaded";
      io.print(`${shown}: ${state}, ${megabytes(size)}, SHA-256 ${sha256}`);
    }
    return 0;
  },
};

function assertSource(source: string): void {
  if (findKnownModel(source) || /^https?:/i.test(source)) return;
  if (isAddress(source)) {
    throw new UsageError(
      `Cannot download ${source} as its address must begin with https: or http:`,
    );
  }
  throw unknownModel(source);
}

/** Returns `null` if none is cached, or one is damaged. */
async function checkFiles(
  io: Terminal,
  store: Store,
  source: string,
): Promise<readonly CheckedFile[] | null> {
  const records = await keptOf(store, source);
  const files: CheckedFile[] = [];
  for (const record of records) {
    const file = await checkFile(io, store, record);
    if (file) files.push(file);
  }
  const isWhole = files.length === records.length &&
    records.some((it) => isModelFile(source, it.reference));
  return isWhole ? files : null;
}
