import { KNOWN_MODELS, loadQuantized, referenceOf } from "../weights/mod.ts";
import {
  type Command,
  expectOnePositional,
  parse,
  UsageError,
} from "./command.ts";
import { openStore } from "./store.ts";
import { print, showByteProgress } from "./terminal.ts";

/** `totem pull` */
export const pull: Command = {
  summary: "Download a known model and convert it to int8, for later",
  help: `\
Usage: totem pull NAME

Downloads a model that is known by name, converts it to int8 and caches that, so
that later runs start from it, without a network. See totem models for names.

Example:
  totem pull nsfw`,
  async run(args) {
    const { positionals } = parse(args, {});
    const name = expectOnePositional(positionals, "pull", "NAME");
    if (!Object.hasOwn(KNOWN_MODELS, name)) {
      throw new UsageError(
        `Unknown model "${name}". Should be one of: ${
          Object.keys(KNOWN_MODELS).join(", ")
        }`,
      );
    }
    const store = await openStore();
    {
      using progress = showByteProgress(name);
      await loadQuantized(name, { store, onProgress: progress.update });
    }
    const file = await store.get(referenceOf(name));
    if (file === undefined) return 1; // The store has told why.
    print(
      `${name}: ${(file.size / 1e6).toFixed(1)} MB, SHA-256 ${file.sha256}`,
    );
    return 0;
  },
};
