import { describeInput } from "../model/describe_metadata.ts";
import { backendText, describeBackend } from "../describe_backend.ts";
import type { Classifier } from "../classifier.ts";
import type { Conditions } from "../io/json_lines.ts";
import { displaySource } from "../io/address.ts";
import { sha256OfText } from "../weights/store/sha256.ts";
import { system } from "./system.ts";

/** Everything known that determines the answers of models. */
export async function modelConditions(
  sources: readonly string[],
  classifiers: readonly Classifier[],
): Promise<Conditions> {
  return {
    models: await Promise.all(sources.map(async (source) => {
      const stat = await system.stat(source).catch(() => null);
      return stat?.isFile
        ? { source, size: stat.size, modified: stat.mtime }
        : await withoutSecret(source);
    })),
    inputs: classifiers.map(({ metadata }) => describeInput(metadata)),
    features: classifiers.map(({ metadata: { pooling, pools } }) =>
      `${pooling.value}, ${pools.value}`
    ),
    backends: classifiers.map((it) => backendText(describeBackend(it))),
  };
}

/** A source without secrets, and a hash that distinguishes it from others. */
async function withoutSecret(source: string) {
  const shown = displaySource(source);
  return shown === source
    ? { source }
    : { source: shown, sha256: await sha256OfText(source) };
}
