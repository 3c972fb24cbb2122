/**
 * The content-safety model of NSFWJS (Infinite Red, MIT licence): an Inception-v3
 * with five classes, inside the npm package `nsfwjs`.
 *
 * @module
 */
import { throwIfAborted } from "../async/abort.ts";
import type { Network, Preprocessing } from "../model/network.ts";
import {
  CorruptWeightsError,
  CryptoUnavailableError,
  UnknownModelError,
} from "../errors.ts";
import { asKnown, mergePreprocessing } from "./origins.ts";
import type { KnownModelOptions } from "./load_options.ts";
import { fetchPackage, type NpmPackage, registry } from "./npm_package.ts";
import { importLayersModel } from "./tfjs_layers.ts";
import { hasFiles } from "../runtime/environment.ts";
import { parseJson } from "./parse_json.ts";

/** In the order of the model's outputs. */
const LABELS = ["Drawing", "Hentai", "Neutral", "Porn", "Sexy"];

/** As in training: whole images, squashed and divided by 255. */
const PREPROCESSING: Preprocessing = {
  crop: { kind: "squash" },
  resize: "antialiased",
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

export async function loadNsfw(
  options: KnownModelOptions,
  pkg: NpmPackage = NSFWJS,
): Promise<Network> {
  return await importNsfw(await openNsfwjs(pkg, options), options);
}

export async function importNsfw(
  { model, shards, isFetched }: NsfwModel,
  options: KnownModelOptions,
): Promise<Network> {
  const { signal, onProgress } = options;
  const { preprocessing } = mergePreprocessing(
    options.preprocessing,
    undefined,
    PREPROCESSING,
  );
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
      // The progress of a download was already reported.
      onProgress: isFetched ? undefined : onProgress,
      labels: options.labels ?? LABELS,
      preprocessing,
      activation: options.activation,
      pooling: options.pooling,
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

/** The package in `deno.lock`. */
export const NSFWJS: NpmPackage = {
  name: "nsfwjs",
  version: "4.3.0",
  integrity:
    "sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==",
  limit: 2 ** 26,
};

/** The model in the package. */
export interface NsfwModel {
  /** A TFJS layers model, as parsed JSON. */
  readonly model: unknown;
  /** The shards of its weights, in base64. */
  readonly shards: readonly (() => string | Promise<string>)[];
  /** Whether it was downloaded, so that its progress was already reported. */
  readonly isFetched: boolean;
}

/** The module of the package that has the model, as JSON and base64. */
interface InceptionV3Module {
  readonly InceptionV3Model: {
    readonly modelJson: () => Promise<{ readonly default: unknown }>;
    readonly weightBundles: readonly (() => Promise<
      { readonly default: string }
    >)[];
  };
}

const FOLDER = "dist/models/inception_v3";
const MODEL = `${FOLDER}/model.min.js`;
const SHARDS = [1, 2, 3, 4, 5, 6].map((it) =>
  `${FOLDER}/group1-shard${it}of6.min.js`
);

/**
 * Opens the model in the package. The archive has 25 MB; installed, the package has 41 MB, or
 * 340 MB with its peer dependencies, which aren't needed. So the archive is read in memory.
 * Deno never imports the package, as that would install it. Node imports an installed one.
 */
async function openNsfwjs(
  pkg: NpmPackage,
  options: KnownModelOptions,
): Promise<NsfwModel> {
  if (typeof Deno === "undefined") {
    const installed = await importModel(pkg);
    if (installed !== undefined) return installed;
  }
  try {
    return await fetchModel(pkg, options);
  } catch (error) {
    // Errors about a wrong file or a missing permission need no advice.
    const isUnavailable = error instanceof UnknownModelError ||
      error instanceof CryptoUnavailableError;
    if (!isUnavailable) throw error;
    const { host } = new URL(await registry());
    const fault = error.message.replace(
      /^Cannot reach \S+?: /,
      `${host} can't be reached: `,
    );
    throw new UnknownModelError(
      `Cannot load the model "nsfw": ${fault}. ${adviceFor(pkg)}`,
      { cause: error },
    );
  }
}

function adviceFor({ name, version }: NpmPackage): string {
  // A page has no packages and no environment variables.
  if (!hasFiles()) {
    return "Convert it with totem convert nsfw --out nsfw.safetensors, serve that file, and load its address";
  }
  const other = "NPM_CONFIG_REGISTRY can name another registry";
  return typeof Deno === "undefined"
    ? `${other}, or install it with npm install ${name}@${version}`
    : other;
}

/** Imports the installed package, if there is one. Bundlers must not follow the import. */
async function importModel(
  { name }: NpmPackage,
): Promise<NsfwModel | undefined> {
  const specifier = `${name}/models/inception_v3`;
  try {
    const module: InceptionV3Module = await import(
      /* webpackIgnore: true */ /* @vite-ignore */ specifier
    );
    const { modelJson, weightBundles } = module.InceptionV3Model;
    const { default: model } = await modelJson();
    const shards = weightBundles.map((it) => async () => (await it()).default);
    return { model, shards, isFetched: false };
  } catch {
    return undefined;
  }
}

async function fetchModel(
  pkg: NpmPackage,
  { store, signal, maxSilence, onProgress }: KnownModelOptions,
): Promise<NsfwModel> {
  const { fileStore } = await import("./store/mod.ts");
  const files = await fetchPackage(pkg, [MODEL, ...SHARDS], {
    store: store ?? fileStore(undefined),
    signal,
    maxSilence,
    onProgress: (done, total) => onProgress?.(done, total ?? done),
  });
  const json = new TextEncoder().encode(
    literalToJson(exportedBy(files.get(MODEL)!, MODEL)),
  );
  return {
    model: parseJson(json, MODEL),
    shards: SHARDS.map((name) => () =>
      exportedBy(files.get(name)!, name).slice(1, -1)
    ),
    isFetched: true,
  };
}

/** The literal exported by a browserify bundle of one module. Doesn't run the bundle. */
function exportedBy(bundle: Uint8Array, name: string): string {
  const text = new TextDecoder().decode(bundle);
  const start = text.match(/\.exports=(?=["{])/);
  const end = text.match(/\},\{\}\]\},\{\},\[1\]\)\(1\)\}\);?\s*$/);
  if (start && end) {
    return text.slice(start.index! + start[0].length, end.index);
  }
  throw new CorruptWeightsError(
    `Cannot read ${name} as it must be a bundle of one module`,
  );
}

/** Converts a minified literal to JSON. Its strings are in double quotes. */
function literalToJson(literal: string): string {
  return literal.replace(
    /"(?:[^"\\]|\\.)*"|[a-z_$][\w$]*(?=:)|![01]|(?<![\w.])\.(?=\d)/gi,
    (token) => {
      if (token[0] === '"') return token;
      if (token[0] === "!") return token === "!0" ? "true" : "false";
      return token === "." ? "0." : `"${token}"`;
    },
  );
}
