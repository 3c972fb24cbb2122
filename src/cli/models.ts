import { isAddress } from "../io/address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { KNOWN_MODELS, type Store } from "../weights/mod.ts";
import { withoutShared } from "../weights/shared_files.ts";
import { assertCache, cacheFault } from "./cache_access.ts";
import { checkFile, keptOf } from "./cached_models.ts";
import { type Command, parseNone } from "./command.ts";
import { UsageError } from "./options.ts";
import {
  type Format,
  FORMAT_OPTIONS,
  formatOf,
  type ResultTable,
  resultTable,
} from "./format_option.ts";
import { text } from "./option_kinds.ts";
import { megabytes } from "../text/numbers.ts";
import { unknownModel } from "./source_name.ts";
import { openStore } from "./store.ts";
import type { Terminal } from "./terminal.ts";

/** `totem models` */
export const models: Command = {
  summary: "List known and cached models",
  help: `\
Usage: totem models [options]

Lists the known models, with classes, download size, licence, source, and the
SHA-256 of the cached int8 file. Then lists cached files that were downloaded
from URLs.

Options:
  --remove SOURCE    Delete the cached files of a known model, or of a model at
                     a URL, and list nothing
  --format NAME      Print text, json, csv or tsv (default: text). csv and tsv
                     have one row per model: name, aliases, address,
                     description, downloadBytes, license, source, cached (empty
                     if unknown), size, sha256, at
  --json             Same as --format json: one object per line, without
                     "cached" if that isn't known

Example:
  totem models`,
  async run(args, io) {
    const values = parseNone(args, {
      remove: text(),
      ...FORMAT_OPTIONS,
    });
    const format = formatOf(values, "text");
    if (values.remove !== undefined && format !== "text") {
      throw new UsageError(
        `Cannot use --format ${format} with --remove: it lists nothing`,
      );
    }
    const store = await openStore(io);
    if (values.remove !== undefined) {
      return await remove(io, store, values.remove);
    }
    const fault = await cacheFault(io.streams);
    const cache = fault === null ? store : null;
    const output = format === "csv" || format === "tsv"
      ? resultTable(io, format, COLUMNS)
      : format;
    for (const name of Object.keys(KNOWN_MODELS)) {
      await listKnown(io, cache, name, output);
    }
    if (cache !== null) await listAddresses(io, cache, output);
    if (fault !== null) {
      io.tellWarning(`Cannot see what is cached: ${fault}`);
    }
    return 0;
  },
};

/** The columns of `csv` and `tsv`. */
const COLUMNS = [
  "name",
  "aliases",
  "address",
  "description",
  "downloadBytes",
  "license",
  "source",
  "cached",
  "size",
  "sha256",
  "at",
] as const;

/** A table, or the format of lines. */
type Output =
  | ResultTable<typeof COLUMNS[number]>
  | Exclude<Format, "csv" | "tsv">;

/** @param store `null` if it can't be read. */
async function listKnown(
  io: Terminal,
  store: Store | null,
  name: string,
  output: Output,
) {
  const { aliases = [], description, downloadBytes, license, source } =
    KNOWN_MODELS[name]!;
  const [record] = store === null ? [] : await keptOf(store, name);
  const cached = store && record && await checkFile(io, store, record);
  const { sha256, size, at } = cached ?? {};
  const facts = { name, description, downloadBytes, license, source };
  if (typeof output === "object") {
    return output.add({
      ...facts,
      aliases: aliases.join(" "),
      cached: store && cached !== undefined,
      ...{ size, sha256, at },
    });
  }
  if (output === "json") {
    return io.printJson({
      ...{ name, aliases, description, downloadBytes, license, source },
      ...store && { cached: cached ? { sha256, size, at } : null },
    });
  }
  const also = aliases.map((it) => ` or ${io.paint("bold", it)}`).join("");
  io.print(`${io.paint("bold", name)}${also}  ${description}`);
  io.print(`  source   ${source}`);
  io.print(`  licence  ${license}`);
  io.print(
    cached
      ? `  cached   ${megabytes(cached.size)} of int8, SHA-256 ${cached.sha256}`
      : `  cached   ${store ? "no" : "unknown"}; ${
        megabytes(downloadBytes)
      } to download${store ? "" : " if not"}`,
  );
}

async function listAddresses(io: Terminal, store: Store, output: Output) {
  for (const record of await store.list()) {
    if (!isAddress(record.reference)) continue;
    const cached = await checkFile(io, store, record);
    if (cached === undefined) continue;
    const { source: address, size, sha256, at } = cached;
    if (typeof output === "object") {
      output.add({ address, cached: true, size, sha256, at });
      continue;
    }
    if (output === "json") {
      io.printJson({ address, cached: { sha256, size, at } });
      continue;
    }
    io.print(io.paint("bold", address));
    io.print(
      `  cached   ${megabytes(size)} since ${
        at.slice(0, 10)
      }, SHA-256 ${sha256}`,
    );
  }
}

/** Deletes everything cached for a model. */
async function remove(
  io: Terminal,
  store: Store,
  source: string,
): Promise<number> {
  await assertCache(io.streams, "read");
  const records = await keptOf(store, source);
  if (records.length === 0) {
    if (!findKnownModel(source) && !isAddress(source)) {
      throw unknownModel(source);
    }
    io.tellProblem(source, "nothing of it is cached: see totem models");
    return 1;
  }
  await assertCache(io.streams, "write");
  const all = (await store.list()).map((it) => it.reference);
  const own = withoutShared(records.map((it) => it.reference), all);
  for (const reference of own) await store.remove(reference);
  const size = records.filter((it) => own.includes(it.reference))
    .reduce((sum, it) => sum + it.size, 0);
  io.print(`${source}: removed ${megabytes(size)}`);
  return 0;
}
