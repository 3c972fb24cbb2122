import { describeInput } from "../model/describe_facts.ts";
import { nameOf } from "../backends/mod.ts";
import type { Classifier } from "../classifier.ts";
import type { Conditions } from "./lines_file.ts";
import type { ModelValues } from "./model_options.ts";

/**
 * What the answers of models hang on, as far as it can be told.
 *
 * @param sources Where each was loaded from.
 */
export async function modelConditions(
  sources: readonly string[],
  classifiers: readonly Classifier[],
  options: Pick<ModelValues, "activation-bits">,
): Promise<Conditions> {
  return {
    models: await Promise.all(sources.map(async (source) => {
      const stat = await Deno.stat(source).catch(() => null);
      return stat?.isFile
        ? { source, size: stat.size, modified: stat.mtime }
        : { source };
    })),
    inputs: classifiers.map(({ facts }) => describeInput(facts)),
    "activation-bits": options["activation-bits"],
    backends: classifiers.map(({ backend }) => nameOf(backend)),
  };
}
