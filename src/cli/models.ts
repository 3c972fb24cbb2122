import { KNOWN_MODELS } from "../weights/mod.ts";
import { referenceOf } from "../weights/known_quantized.ts";
import { type Command, expectNoPositionals, parse } from "./command.ts";
import { checkedFile } from "./pull.ts";
import { openStore } from "./store.ts";
import { paint, print, printJson } from "./terminal.ts";

/** `totem models` */
export const models: Command = {
  summary: "List the models that are known by name, and what is cached",
  help: `\
Usage: totem models [options]

Lists the models that are known by name: what they tell apart, how much is
downloaded for them, their licence and source, and the int8 files that are cached,
whose SHA-256 is computed.

Options:
  --json             One JSON object a line

Example:
  totem models`,
  async run(args) {
    const { values, positionals } = parse(args, {
      json: { type: "boolean" },
    });
    expectNoPositionals(positionals);
    const store = await openStore();
    const kept = new Map(
      (await store.list()).map((it) => [it.reference, it.at]),
    );
    for (const [name, model] of Object.entries(KNOWN_MODELS)) {
      const { description, downloadBytes, license, source } = model;
      const at = kept.get(referenceOf(name));
      const cached = at === undefined
        ? undefined
        : await checkedFile(store, name);
      if (values.json) {
        const { sha256, size } = cached ?? {};
        const facts = { name, description, downloadBytes, license, source };
        printJson({ ...facts, cached: cached ? { sha256, size, at } : null });
        continue;
      }
      print(`${paint("bold", name)}  ${description}`);
      print(`  source   ${source}`);
      print(`  licence  ${license}`);
      print(
        cached
          ? `  cached   ${
            megabytes(cached.size)
          } of int8, SHA-256 ${cached.sha256}`
          : `  cached   no; ${megabytes(downloadBytes)} to download`,
      );
    }
    return 0;
  },
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
