/**
 * The content-safety model of NSFWJS (Infinite Red, MIT licence): an Inception-v3
 * with five classes, inside the npm package `nsfwjs`.
 *
 * @module
 */
import type { Network, Preprocessing } from "../model/network.ts";
import { AbortedError, UnknownModelError } from "../errors.ts";
import { asKnown } from "./origins.ts";
import { importLayersModel } from "./tfjs_layers.ts";
import type { ImportOptions } from "./import_options.ts";

/**
 * Not a literal in the import, lest everybody who imports Totem download it and
 * what it depends on, 340 MB on disk.
 */
const MODULE: string = "npm:nsfwjs@4.3.0/models/inception_v3";

/** In the order of the model's outputs. */
const LABELS = ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"];

/** Whole pictures were squashed in its training, and divided by 255. */
const PREPROCESSING: Preprocessing = {
  crop: { kind: "squash" },
  resize: "antialiased",
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

/** The package's part that is used: modules that hold JSON and base64. */
interface InceptionV3Module {
  readonly InceptionV3Model: {
    readonly modelJson: () => Promise<{ readonly default: unknown }>;
    readonly weightBundles: readonly (() => Promise<
      { readonly default: string }
    >)[];
  };
}

/**
 * @throws {UnknownModelError} When the package can't be had.
 * @throws {CorruptWeightsError} When it holds something else.
 * @throws {AbortedError} When the signal fires.
 */
export async function loadNsfw(
  options: ImportOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Network> {
  let model: InceptionV3Module["InceptionV3Model"];
  try {
    const module: InceptionV3Module = await import(MODULE);
    model = module.InceptionV3Model;
  } catch (cause) {
    throw new UnknownModelError(
      'Cannot load the model "nsfw": the npm package nsfwjs@4.3.0 that holds it cannot be loaded',
      { cause },
    );
  }
  const { default: json } = await model.modelJson();
  const network = await importLayersModel(
    json,
    async (name, _limit, onBytes) => {
      if (options.signal?.aborted) {
        throw new AbortedError(
          options.signal.reason,
        );
      }
      const part = Number(name.match(/^group1-shard(\d+)of6$/)?.[1]);
      const bundle = model.weightBundles[part - 1];
      if (bundle === undefined) {
        throw new UnknownModelError(`Cannot find "${name}" in nsfwjs@4.3.0`);
      }
      const bytes = decodeBase64((await bundle()).default);
      onBytes(bytes.length);
      return bytes;
    },
    {
      ...options,
      labels: options.labels ?? LABELS,
      preprocessing: options.preprocessing ?? PREPROCESSING,
    },
  );
  return asKnown(network, options.preprocessing);
}

function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
