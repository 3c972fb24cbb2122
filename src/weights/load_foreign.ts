/**
 * Networks in foreign formats: Keras's, torchvision's and TFJS's.
 *
 * @module
 */
import { countBytes, type FileOptions, readOptions } from "./read_options.ts";
import { importLayersModel } from "./tfjs_layers.ts";
import { importKerasH5 } from "./keras_h5.ts";
import { importTorchvision } from "./torchvision.ts";
import type { Network } from "../model/network.ts";
import { pickOptions } from "../argument.ts";
import {
  modelJsonUrl,
  readJson,
  readLabels,
  siblingUrl,
} from "./sibling_files.ts";
import { IMPORT_OPTIONS, NETWORK_METADATA } from "./import_options.ts";
import { labelClasses, type NamedClasses } from "./labels.ts";
import { TRAINED } from "./totem_metadata.ts";
import { readResource } from "./resource.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

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

/** A Keras file. */
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

/** A TFJS layers model. */
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
