/**
 * The page's models: their files, and a description of each for users.
 *
 * @module
 */
import { loadNetwork, writeNetwork } from "../../../src/weights/mod.ts";
import { isQuantized, type Network } from "../../../src/model/mod.ts";
import type { ModelFile } from "../model_file.ts";
import { sha256 } from "./files.ts";

/** A model's entry in `model.json`. */
export interface PageModel extends ModelFile {
  /** Its name in a list of several models. */
  readonly name: string;
  /** The page's title for this model. */
  readonly title: string;
  /** What the model is for, in a sentence or two. */
  readonly purpose: string;
}

/**
 * Writes a model into `models` in the folder `out`. Its file is named by its hash, so
 * that a cached copy needn't be compared with the host's.
 *
 * @param source A known model, or the path of a Totem file.
 */
export async function writeModel(
  out: string,
  source: string,
): Promise<PageModel> {
  const network = await loadNetwork(source);
  if (!isQuantized(network)) {
    throw new Error(`${source} isn't int8: totem convert makes it so`);
  }
  const { activation } = network.architecture;
  if (activation === "none") {
    throw new Error(
      `${source} gives logits, which the page can't show: totem convert --activation softmax or sigmoid makes probabilities of them`,
    );
  }
  const bytes = await new Response(writeNetwork(network).stream).bytes();
  const hash = await sha256(bytes);
  const name = source.replace(/^.*[/\\]/, "").replace(/\.safetensors$/, "");
  const plain = name.replace(/[^\w-]+/g, "-").replace(/^-+/, "") || "model";
  const file = `models/${plain}-${hash.slice(0, 16)}.safetensors`;
  await Deno.mkdir(`${out}/models`, { recursive: true });
  await Deno.writeFile(`${out}/${file}`, bytes);
  return {
    name,
    ...describeModel(network.labels, activation),
    file,
    size: bytes.length,
    sha256: hash,
  };
}

/** Describes a model by its labels. */
export function describeModel(
  labels: readonly string[],
  activation: Network["architecture"]["activation"],
): Pick<PageModel, "title" | "purpose"> {
  const names = labels.map((it) => it.replaceAll("_", " "));
  const title = "What is in your photo?";
  if (names.join() === "Drawing,Hentai,Neutral,Porn,Sexy") {
    return {
      title: "Is this photo safe to show?",
      purpose:
        "Sorts photos into drawing, hentai, neutral, porn and sexy. It is made for moderation: it doesn't tell what else is in a photo.",
    };
  }
  if (activation === "sigmoid") {
    return {
      title,
      purpose:
        `Says which of ${names.length} labels fit a photo, any number of them: ${
          someOf(names)
        }.`,
    };
  }
  return names.length <= FEW
    ? { title, purpose: `Sorts photos into ${listOf(names, "and")}.` }
    : {
      title,
      purpose: `Names the likeliest of ${
        names.length.toLocaleString("en")
      } things that it knows, such as ${listOf(examplesOf(names), "or")}.`,
    };
}

/** Up to this number of classes, all are named. */
const FEW = 8;

function someOf(names: readonly string[]): string {
  return names.length <= FEW
    ? listOf(names, "and")
    : `such as ${listOf(examplesOf(names), "and")}`;
}

/** Picks four names from all parts of the list, since neighbours are often similar. */
function examplesOf(names: readonly string[]): readonly string[] {
  return [0, 1, 2, 3].map((it) =>
    names[Math.floor((it + 0.5) * names.length / 4)]!
  );
}

function listOf(names: readonly string[], last: "and" | "or"): string {
  return names.length < 2
    ? names.join()
    : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}
