/**
 * The content-safety model of NSFWJS (Infinite Red, MIT licence): an Inception-v3
 * with five classes, inside the npm package `nsfwjs`.
 *
 * @module
 */
import { throwIfAborted } from "../async/abort.ts";
import type { Network, Preprocessing } from "../model/network.ts";
import { UnknownModelError } from "../errors.ts";
import { asKnown } from "./origins.ts";
import type { KnownModelOptions } from "./known_models.ts";
import type { NpmPackage } from "./npm_package.ts";
import { NSFWJS, type NsfwModel, openNsfwjs } from "./nsfwjs.ts";
import { importLayersModel } from "./tfjs_layers.ts";

/** In the order of the model's outputs. */
const LABELS = ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"];

/** In training, whole images were squashed and divided by 255. */
const PREPROCESSING: Preprocessing = {
  crop: { kind: "squash" },
  resize: "antialiased",
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

/** @param pkg The package that has it. */
export async function loadNsfw(
  options: KnownModelOptions,
  pkg: NpmPackage = NSFWJS,
): Promise<Network> {
  return await importNsfw(await openNsfwjs(pkg, options), options);
}

/** The network of the package's model. */
export async function importNsfw(
  { model, shards, isFetched }: NsfwModel,
  options: KnownModelOptions,
): Promise<Network> {
  const { signal, onProgress } = options;
  const network = await importLayersModel(
    model,
    async (name, _limit, onBytes) => {
      throwIfAborted(signal);
      const part = Number(name.match(/^group1-shard(\d+)of6$/)?.[1]);
      const shard = shards[part - 1];
      if (shard === undefined) {
        throw new UnknownModelError(`Cannot find "${name}" in nsfwjs`);
      }
      const bytes = decodeBase64(await shard());
      onBytes(bytes.length);
      return bytes;
    },
    {
      // That of a download has been reported already.
      onProgress: isFetched ? undefined : onProgress,
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
