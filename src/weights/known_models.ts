import { assertOwn } from "./answers.ts";
import { pickOptions } from "../argument.ts";
import type { Network } from "../model/network.ts";
import { CorruptWeightsError, UnknownModelError } from "../errors.ts";
import { parseJson } from "./parse_json.ts";
import { labelClasses, type NamedClasses, parseClasses } from "./labels.ts";
import { asKnown } from "./origins.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import { readSafetensors } from "./safetensors/read.ts";
import type { DownloadOptions, Store, StoredFile } from "./store/store.ts";
import { type KnownModelOptions, NETWORK_METADATA } from "./load_options.ts";

/** A model that can be loaded by name. */
export interface KnownModel {
  /** Its other names. */
  readonly aliases?: readonly string[];
  /** What the model classifies, in a few words. */
  readonly description: string;
  /** The approximate size of its download, in bytes. */
  readonly downloadBytes: number;
  /** The SPDX identifier of the licence of its weights. */
  readonly license: string;
  /** Its source: a URL, or an npm package. */
  readonly source: string;
  /** Loads the model as it was published, in f32. */
  load(options: KnownModelOptions): Promise<Network>;
}

/** The names of ImageNet's classes, at the URL from which Keras downloads them. */
const IMAGENET_LABELS =
  "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json";

const MAX_LABELS = 2 ** 20;

/** The models that `loadNetwork` knows by name. */
export const KNOWN_MODELS: Readonly<Record<string, KnownModel>> = {
  nsfw: {
    description: "content safety, 5 classes",
    downloadBytes: 25.3e6,
    license: "MIT",
    source: "npm:nsfwjs@4.3.0",
    async load(options) {
      const { loadNsfw } = await import("./importers.ts");
      return await loadNsfw(options);
    },
  },
  "imagenet-keras": modelAtAddress({
    aliases: ["imagenet"],
    labels: IMAGENET_LABELS,
    description: "ImageNet, 1000 classes, Keras's weights",
    downloadBytes: 96e6,
    license: "Apache-2.0",
    source:
      "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
    async read(file, options) {
      const { importKerasH5 } = await import("./importers.ts");
      return importKerasH5(
        await fileBytes(file),
        pickOptions(options, NETWORK_METADATA),
      );
    },
  }),
  "imagenet-timm": modelAtAddress({
    labels: IMAGENET_LABELS,
    description: "ImageNet, 1000 classes, torchvision's weights",
    downloadBytes: 96e6,
    license: "Apache-2.0",
    source:
      "https://huggingface.co/timm/inception_v3.tv_in1k/resolve/main/model.safetensors",
    async read(file, options) {
      let data = new Uint8Array();
      const header = await readSafetensors(
        file.stream(),
        ({ dataLength }) => data = new Uint8Array(dataLength),
        { size: file.size, signal: options.signal },
      );
      const { importTorchvision } = await import("./importers.ts");
      return importTorchvision(
        header,
        data,
        pickOptions(options, NETWORK_METADATA),
      );
    },
  }),
};

export interface NamedModel extends KnownModel {
  readonly name: string;
  /** The requested name or alias, for errors. */
  readonly asked?: string;
}

/** Finds a known model by name or alias. */
export function findKnownModel(name: unknown): NamedModel | undefined {
  for (const [own, model] of Object.entries(KNOWN_MODELS)) {
    if (own === name || model.aliases?.some((it) => it === name)) {
      return { ...model, name: own, asked: name as string };
    }
  }
  return undefined;
}

/** Loads a known model as it was published. Errors name it. */
export async function loadKnown(
  model: NamedModel,
  options: KnownModelOptions,
): Promise<Network> {
  const { pools, ...others } = options;
  let network: Network;
  try {
    network = await model.load(others);
  } catch (error) {
    const start = `Cannot load the model "${model.asked ?? model.name}"`;
    const isNamed = !(error instanceof UnknownModelError) ||
      error.message.startsWith(start);
    if (isNamed) throw error;
    throw new UnknownModelError(`${start}: ${error.message}`, { cause: error });
  }
  const named = `the model "${model.asked ?? model.name}"`;
  assertOwn(named, "pools", network, pools);
  return network;
}

/** All names, each followed by its aliases. */
export function knownNames(): readonly string[] {
  return Object.entries(KNOWN_MODELS).flatMap(([name, { aliases = [] }]) => [
    name,
    ...aliases,
  ]);
}

/**
 * A model at an address. Its publisher provides no SHA-256, so the store records that of
 * the first download, and later downloads must match it.
 */
export function modelAtAddress(
  { read, labels: address, ...model }: Omit<KnownModel, "load"> & {
    /** The address of its class names. */
    readonly labels: string;
    read(file: StoredFile, options: KnownModelOptions): Promise<Network>;
  },
): KnownModel {
  return {
    ...model,
    async load(options) {
      const { signal, maxSilence, onProgress } = options;
      const { fileStore } = await import("./store/mod.ts");
      const { store = fileStore(undefined) } = options;
      const named = options.labels && { labels: options.labels };
      const { labels, classIds }: NamedClasses = named ?? await keep(
        "the names of its classes",
        store,
        address,
        { signal, maxSilence, limit: MAX_LABELS },
        async (file) =>
          parseClasses(parseJson(await fileBytes(file), address), address),
      );
      const network = await keep(
        "its weights",
        store,
        model.source,
        {
          signal,
          maxSilence,
          limit: MAX_WEIGHTS,
          onProgress: (done, total) => onProgress?.(done, total ?? done),
        },
        (file) => read(file, { ...options, labels: undefined }),
      );
      return {
        ...asKnown(network, options.preprocessing),
        labels: labelClasses(
          network.architecture,
          labels,
          named ? undefined : address,
        ),
        classIds,
      };
    },
  };
}

/** Downloads a file and passes it to `use`. Removes it from the store if it is corrupt. */
async function keep<T>(
  what: string,
  store: Store,
  address: string,
  options: Omit<DownloadOptions, "store">,
  use: (file: StoredFile) => Promise<T>,
): Promise<T> {
  const url = new URL(address);
  url.hash = ""; // download() records URLs without it.
  const { download } = await import("./store/mod.ts");
  let file: StoredFile;
  try {
    file = await download(url, { ...options, store });
  } catch (error) {
    if (!(error instanceof UnknownModelError)) throw error;
    throw new UnknownModelError(
      `${what} can't be downloaded: ${error.message}`,
      { cause: error },
    );
  }
  try {
    return await use(file);
  } catch (error) {
    if (error instanceof CorruptWeightsError) {
      await store.remove(url.href).catch(() => {});
    }
    throw error;
  }
}

async function fileBytes(file: StoredFile): Promise<Uint8Array> {
  return new Uint8Array(await new Response(file.stream()).arrayBuffer());
}
