import { describeInput } from "../model/describe_facts.ts";
import { backendFacts, backendText } from "../backend_facts.ts";
import type { Classifier } from "../classifier.ts";
import type { Conditions } from "./lines_file.ts";

/**
 * What the answers of models hang on, as far as it can be told.
 *
 * @param sources Where each was loaded from.
 */
export async function modelConditions(
  sources: readonly string[],
  classifiers: readonly Classifier[],
): Promise<Conditions> {
  return {
    models: await Promise.all(sources.map(async (source) => {
      const stat = await Deno.stat(source).catch(() => null);
      return stat?.isFile
        ? { source, size: stat.size, modified: stat.mtime }
        : { source };
    })),
    inputs: classifiers.map(({ facts }) => describeInput(facts)),
    backends: classifiers.map((it) => backendText(backendFacts(it))),
  };
}
