import { CorruptWeightsError } from "../errors.ts";
import { KNOWN_MODELS, loadQuantized, type Store } from "../weights/mod.ts";
import { referenceOf } from "../weights/known_quantized.ts";
import {
  type Command,
  expectOnePositional,
  parse,
  UsageError,
} from "./command.ts";
import { openStore } from "./store.ts";
import { print, showByteProgress, tellProblem } from "./terminal.ts";

/** `totem pull` */
export const pull: Command = {
  summary: "Download a known model and convert it to int8, for later",
  help: `\
Usage: totem pull NAME [options]

Downloads a model that is known by name, converts it to int8 and caches that, so
that later runs start from it, without a network. See totem models for names. Of a
model that is cached the SHA-256 is computed; a damaged file is made anew.

Options:
  --verify           Only check what is cached: nothing is downloaded, and the exit
                     code is 1 where it isn't there or damaged

Example:
  totem pull nsfw`,
  async run(args) {
    const { values, positionals } = parse(args, {
      verify: { type: "boolean" },
    });
    const name = expectOnePositional(positionals, "pull", "NAME");
    if (!Object.hasOwn(KNOWN_MODELS, name)) {
      throw new UsageError(
        `Unknown model "${name}". Should be one of: ${
          Object.keys(KNOWN_MODELS).join(", ")
        }`,
      );
    }
    const store = await openStore();
    let file = await checkedFile(store, name);
    if (file === undefined && !values.verify) {
      {
        using progress = showByteProgress(name);
        await loadQuantized(name, { store, onProgress: progress.update });
      }
      // Read back: what is on the disk is what counts.
      file = await checkedFile(store, name);
      if (file === undefined) return 1; // The store has told why.
    }
    if (file === undefined) {
      tellProblem(
        name,
        `no sound file is cached: totem pull ${name} fetches one`,
      );
      return 1;
    }
    print(
      `${name}: ${(file.size / 1e6).toFixed(1)} MB, SHA-256 ${file.sha256}`,
    );
    return 0;
  },
};

/**
 * A model's cached file, all of whose bytes have been hashed; `undefined` where there
 * is none. A damaged one is told of, and deleted.
 */
export async function checkedFile(
  store: Store,
  name: string,
): Promise<{ readonly size: number; readonly sha256: string } | undefined> {
  const file = await store.get(referenceOf(name));
  try {
    await file?.verify();
    return file;
  } catch (error) {
    if (!(error instanceof CorruptWeightsError)) throw error;
    tellProblem(name, error, { word: "warning", style: "yellow" });
    return undefined;
  }
}
