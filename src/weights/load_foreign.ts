/**
 * Networks in files of others: Keras's, torchvision's and TFJS's.
 *
 * @module
 */
import { countBytes } from "./count_bytes.ts";
import { type FileOptions, readingOf } from "./file_options.ts";
import { importLayersModel } from "./tfjs_layers.ts";
import { importKerasH5 } from "./keras_h5.ts";
import { importTorchvision } from "./torchvision.ts";
import type { Network } from "../model/network.ts";
import { pickOptions } from "../argument.ts";
import { besideOf, labelsFor, modelJsonAt, readJson } from "./beside.ts";
import { IMPORT_OPTIONS, NETWORK_FACTS } from "./import_options.ts";
import { labelClasses, type NamedClasses } from "./labels.ts";
import { TRAINED } from "./totem_metadata.ts";
import { readResource } from "./resource.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

/** Torchvision's or timm's weights, from where `url` is. */
export async function loadTorchvision(
  header: SafetensorsHeader,
  data: Uint8Array,
  url: URL | undefined,
  options: FileOptions,
): Promise<Network> {
  const says = header.metadata.has(TRAINED); // Its labels, too.
  const classes = url && !says ? await labelsFor(url, options) : {};
  const network = importTorchvision(
    header,
    data,
    pickOptions(options, NETWORK_FACTS),
  );
  return withClasses(network, classes);
}

/** A Keras file. */
export async function loadKerasH5(
  url: URL,
  options: FileOptions,
): Promise<Network> {
  const bytes = await readResource(url, {
    ...readingOf(url, options),
    onBytes: countBytes(undefined, options.onProgress),
  });
  const classes = await labelsFor(url, options);
  const network = importKerasH5(bytes, pickOptions(options, NETWORK_FACTS));
  return withClasses(network, classes);
}

/** A TFJS layers model. */
export async function loadLayersModel(
  url: URL,
  options: FileOptions,
): Promise<Network> {
  url = modelJsonAt(url);
  const reading = readingOf(url, options);
  const modelJson = await readJson(url, options);
  const classes = await labelsFor(url, options);
  const network = await importLayersModel(
    modelJson,
    (name, limit, onBytes) =>
      readResource(besideOf(url, name), {
        ...reading,
        limit: Math.min(limit, reading.limit),
        onBytes,
      }),
    pickOptions(options, IMPORT_OPTIONS),
  );
  return withClasses(network, classes);
}

/** The network with the names that a file beside it has. */
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
