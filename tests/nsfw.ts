/**
 * The real `nsfw`, from the npm package in `deno.lock`. Once Deno has installed it, no
 * network is needed.
 */
import { KNOWN_MODELS, type KnownModel } from "../src/weights/known_models.ts";
import type { KnownModelOptions } from "../src/weights/load_options.ts";
import type { Network } from "../src/model/mod.ts";
import { importNsfw } from "../src/weights/nsfw.ts";

/** Loads the model in f32. */
export async function loadInstalledNsfw(
  options: KnownModelOptions = {},
): Promise<Network> {
  const { InceptionV3Model } = await import(
    "npm:nsfwjs@4.3.0/models/inception_v3"
  );
  const { modelJson, weightBundles } = InceptionV3Model;
  const { default: model } = await modelJson();
  const shards = weightBundles.map(
    (it: () => Promise<{ default: string }>) => async () =>
      (await it()).default,
  );
  return await importNsfw({ model, shards, isFetched: false }, options);
}

/** Makes the name `nsfw` refer to the installed package, until disposed. */
export function nsfwIsInstalled(): Disposable {
  const models = KNOWN_MODELS as Record<string, KnownModel>;
  const published = models.nsfw!;
  models.nsfw = { ...published, load: loadInstalledNsfw };
  return { [Symbol.dispose]: () => void (models.nsfw = published) };
}
