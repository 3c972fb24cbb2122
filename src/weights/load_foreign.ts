/**
 * Loads networks in foreign formats, with metadata from files beside them.
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
import { nameClasses } from "./answers.ts";
import { importSafetensors } from "./torchvision.ts";
import { readTimmConfig } from "./torch/read_torch.ts";
import type { Network } from "../model/network.ts";
import { pickOptions } from "../argument.ts";
import type { FoundClasses } from "./labels.ts";
import { readLabels } from "./read_labels.ts";
import { TRAINED } from "./trained_metadata.ts";
import {
  inChunks,
  isAbsent,
  type ReadOptions,
  readResource,
  siblingUrl,
  TooLongError,
} from "./resource.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";
import { MAX_WEIGHTS } from "./limits.ts";
import type { OpenedModel } from "./opened_model.ts";
import type { ForeignFile } from "./foreign/file.ts";
import { findFormat, formatLimit, formatNamed } from "./foreign/formats.ts";
import { unreadableModel } from "./foreign/unreadable.ts";
import { type ByteSource, readByteSource } from "../io/open_file.ts";
import { throwIfAborted } from "../async/abort.ts";
import { CorruptWeightsError } from "../errors.ts";
import { fileName } from "../io/address.ts";
import { TruncatedError } from "./truncated.ts";

/** Imports torchvision's or timm's weights, which were read from `url`. */
export async function loadTorchvision(
  header: SafetensorsHeader,
  data: Uint8Array,
  url: URL | undefined,
  options: FileOptions,
): Promise<Network> {
  const hasLabels = header.metadata.has(TRAINED);
  const classes = url && !hasLabels && await readLabels(url, options);
  const config = url && !hasLabels
    ? await readTimmConfig(siblingReader(url, options))
    : undefined;
  const network = importSafetensors(
    header,
    data,
    pickOptions(options, NETWORK_METADATA),
    config,
  );
  return classes ? withClasses(network, classes) : network;
}

/**
 * Loads a network in another tool's format, with its labels. Returns `undefined` if neither
 * its first bytes nor its name match a format.
 */
export async function loadForeign(
  { name = "the model", url, start, source, size, isCounted }: OpenedModel,
  options: FileOptions,
): Promise<Network | undefined> {
  if (start.length === 0) {
    await source.close();
    throw new TruncatedError(`Cannot read ${fileName(name)} as it is empty`);
  }
  const found = findFormat(start);
  const what = found ? undefined : unreadableModel(name, start);
  if (what !== undefined) {
    await source.close();
    throw new CorruptWeightsError(`it is ${what}`);
  }
  const format = found ?? formatNamed(url?.pathname ?? name);
  if (format === undefined) return undefined;
  if (format.hasParts && url === undefined) {
    await source.close();
    throw new CorruptWeightsError(
      `it is ${format.what}, whose weights are in other files: give its path or address`,
    );
  }
  const { signal, onProgress } = options;
  const limit = Math.min(
    formatLimit(format),
    url ? readOptions(url, options).limit : MAX_WEIGHTS,
  );
  const bytes = await readOpened(source, size, limit, {
    signal,
    onBytes: isCounted || format.hasParts
      ? undefined
      : countBytes(size, onProgress),
  });
  const { stateDict, labels } = options;
  const sibling = url && siblingReader(url, options);
  const hasLabels = labels !== undefined;
  const file = { name, bytes, stateDict, hasLabels, sibling };
  const classes = url && await readLabels(url, options);
  const importing = pickOptions(options, IMPORT_OPTIONS);
  return await format.load(file, importing, classes);
}

async function readOpened(
  source: ByteSource,
  size = 2 ** 20,
  limit: number,
  { signal, onBytes }: Pick<ReadOptions, "signal" | "onBytes">,
): Promise<Uint8Array> {
  let bytes: Uint8Array | null;
  try {
    const parts = inChunks(
      source,
      signal,
      onBytes && ((it) => onBytes(it, size)),
    );
    bytes = await readByteSource(parts, size, limit);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
  if (bytes !== null) return bytes;
  throw new TooLongError(
    `Cannot read the file as it must have <= ${limit} bytes: it has more`,
  );
}

/** A function that reads files beside a model's. */
function siblingReader(url: URL, options: FileOptions): ForeignFile["sibling"] {
  const reading = readOptions(url, options);
  return async (name, limit, onBytes) => {
    if (name.split("/").some((it) => /^\.{0,2}$/.test(it))) {
      throw new CorruptWeightsError(
        `Cannot read the file "${name}" of the model as it must lie beside it or below`,
      );
    }
    try {
      return await readResource(siblingUrl(url, name), {
        ...reading,
        limit: Math.min(limit, reading.limit),
        onBytes,
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };
}

/** Applies the labels of a file beside the model. */
function withClasses(
  network: Network,
  { labels, classIds, labelsFrom }: FoundClasses,
): Network {
  const named = nameClasses(network, labels, labelsFrom);
  return { ...named, ...classIds && { classIds } };
}
