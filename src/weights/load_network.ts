/**
 * Where networks come from: a known name, or a `model.json` somewhere.
 *
 * @module
 */
import type { Network } from "../model/network.ts";
import { UnknownModelError } from "../errors.ts";
import { asArray, asString, parseJson } from "./json.ts";
import { loadNsfw } from "./nsfw.ts";
import { readResource, resolveResource } from "./resource.ts";
import { importLayersModel, type ImportOptions } from "./tfjs_layers.ts";

/** A model that is known by name. */
export interface KnownModel {
  /** What it tells apart, in a few words. */
  readonly description: string;
  /** Its licence, as an SPDX identifier. */
  readonly license: string;
  /** Where it comes from. */
  readonly source: string;
  /** Loads it. */
  load(options: LoadNetworkOptions): Promise<Network>;
}

/** The models that {@linkcode loadNetwork} knows by name. */
export const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  nsfw: {
    description: "content safety, 5 classes",
    license: "MIT",
    source: "npm:nsfwjs@4.3.0",
    load: loadNsfw,
  },
};

/** How a network is loaded. */
export interface LoadNetworkOptions extends ImportOptions {
  /** Ends the loading early. */
  readonly signal?: AbortSignal | undefined;
}

/** `model.json` and `classes.json` have some 200 KB. */
const MAX_JSON_BYTES = 2 ** 24;

/**
 * A trained network, on its way from `source` into memory.
 *
 * A TFJS layers model is its `model.json`, the shards beside it, and, if it is
 * there, a `classes.json`: an array of names, or of `[id, name]`.
 *
 * @param source A name of {@linkcode KNOWN_MODELS}, or the path or address of a
 * `model.json` or of the folder that holds it.
 * @throws {UnknownModelError} When there is nothing of that name.
 * @throws {CorruptWeightsError} When it isn't a whole and sound Inception-v3.
 * @throws {AbortedError} When the signal fires.
 *
 * @example
 * ```ts
 * import { loadNetwork } from "@totem/inception/weights";
 * const network = await loadNetwork("nsfw");
 * console.log(network.labels); // ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"]
 * ```
 */
export async function loadNetwork(
  source: string | URL,
  options: LoadNetworkOptions = {},
): Promise<Network> {
  if (typeof source === "string" && Object.hasOwn(KNOWN_MODELS, source)) {
    return await KNOWN_MODELS[source]!.load(options);
  }

  const { signal } = options;
  let url = await resolveResource(source);
  if (!url.pathname.endsWith(".json")) {
    url = new URL(url);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/model.json`;
  }
  const beside = (name: string) => new URL(name, url);
  const readJson = async (url: URL) =>
    parseJson(
      await readResource(url, { limit: MAX_JSON_BYTES, signal }),
      url.pathname,
    );

  let modelJson: unknown;
  try {
    modelJson = await readJson(url);
  } catch (error) {
    if (!(error instanceof UnknownModelError)) throw error;
    const names = Object.keys(KNOWN_MODELS).map((it) => `"${it}"`).join(", ");
    throw new UnknownModelError(
      `Cannot load the model "${source}": ${error.message}. Should be a known name (${names}) or the path or address of a model.json`,
      { cause: error },
    );
  }
  const labels = options.labels ??
    await readLabels(() => readJson(beside("classes.json")));
  return importLayersModel(
    modelJson,
    (name, limit, onBytes) =>
      readResource(beside(name), { limit, signal, onBytes }),
    { ...options, ...(labels && { labels }) },
  );
}

async function readLabels(
  readJson: () => Promise<unknown>,
): Promise<readonly string[] | undefined> {
  let json: unknown;
  try {
    json = await readJson();
  } catch (error) {
    if (error instanceof UnknownModelError) return undefined;
    throw error;
  }
  const where = "classes.json";
  return asArray(json, where).map((it) =>
    asString(Array.isArray(it) ? it[1] : it, where)
  );
}
