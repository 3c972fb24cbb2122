/**
 * Networks in foreign formats, and their labels in a file beside them.
 *
 * @module
 */
import {
  countBytes,
  type FileOptions,
  IMPORT_OPTIONS,
  NETWORK_METADATA,
  readOptions,
} from "./load_options.ts";
import { importLayersModel } from "./tfjs_layers.ts";
import { importKerasH5 } from "./keras_h5.ts";
import { importTorchvision } from "./torchvision.ts";
import type { Network } from "../model/network.ts";
import { pickOptions } from "../argument.ts";
import { labelClasses, type NamedClasses, parseClasses } from "./labels.ts";
import { TRAINED } from "./totem_metadata.ts";
import {
  modelJsonUrl,
  type OpenOptions,
  readResource,
  siblingUrl,
  WebPageError,
} from "./resource.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import { displayUrl } from "../io/address.ts";
import { parseJson } from "./parse_json.ts";
import { MAX_JSON } from "./limits.ts";
import { NotFoundError } from "../io/request.ts";

/** Torchvision's or timm's weights, which were read from `url`. */
export async function loadTorchvision(
  header: SafetensorsHeader,
  data: Uint8Array,
  url: URL | undefined,
  options: FileOptions,
): Promise<Network> {
  const hasLabels = header.metadata.has(TRAINED);
  const classes = url && !hasLabels ? await readLabels(url, options) : {};
  const network = importTorchvision(
    header,
    data,
    pickOptions(options, NETWORK_METADATA),
  );
  return withClasses(network, classes);
}

export async function loadKerasH5(
  url: URL,
  options: FileOptions,
): Promise<Network> {
  const bytes = await readResource(url, {
    ...readOptions(url, options),
    onBytes: countBytes(undefined, options.onProgress),
  });
  const classes = await readLabels(url, options);
  const network = importKerasH5(bytes, pickOptions(options, NETWORK_METADATA));
  return withClasses(network, classes);
}

export async function loadLayersModel(
  url: URL,
  options: FileOptions,
): Promise<Network> {
  url = modelJsonUrl(url);
  const reading = readOptions(url, options);
  const modelJson = await readJson(url, options);
  const classes = await readLabels(url, options);
  const network = await importLayersModel(
    modelJson,
    (name, limit, onBytes) =>
      readResource(siblingUrl(url, name), {
        ...reading,
        limit: Math.min(limit, reading.limit),
        onBytes,
      }),
    pickOptions(options, IMPORT_OPTIONS),
  );
  return withClasses(network, classes);
}

/** The network with the labels of a file beside it. */
function withClasses(
  network: Network,
  { labels, classIds }: Partial<NamedClasses>,
): Network {
  return {
    ...network,
    ...labels &&
      { labels: labelClasses(network.labels.length, labels, "file") },
    ...classIds && { classIds },
  };
}

/** The labels in the options, or else of `classes.json` beside the model, if it exists. */
async function readLabels(
  url: URL,
  options: OpenOptions & { readonly labels?: readonly string[] | undefined },
): Promise<Partial<NamedClasses>> {
  const { labels } = options;
  if (labels !== undefined) return { labels };
  const file = siblingUrl(url, "classes.json");
  let json: unknown;
  try {
    json = await readJson(file, options);
  } catch (error) {
    const isAbsent = error instanceof NotFoundError ||
      error instanceof WebPageError;
    if (isAbsent) return {};
    throw error;
  }
  return parseClasses(json, displayUrl(file));
}

async function readJson(
  url: URL,
  { signal, maxSilence, files }: OpenOptions,
): Promise<unknown> {
  return parseJson(
    await readResource(url, { limit: MAX_JSON, signal, maxSilence, files }),
    displayUrl(url),
  );
}
