/**
 * Keras files: whole models, and weights without a model, from Keras 2 and 3.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import { type ForeignFile, readOptional } from "../foreign/file.ts";
import type { ImportedModel } from "../foreign/imported.ts";
import { openHdf5 } from "../hdf5/open.ts";
import { MAX_JSON, MAX_WEIGHTS } from "../limits.ts";
import { parseJson } from "../parse_json.ts";
import { openZip, type ZipArchive } from "../zip.ts";
import {
  containerOf,
  findByName,
  findByPlace,
  readList,
} from "./h5_tensors.ts";
import { matchKeras } from "./match.ts";
import { matchLayerOrder } from "./match_order.ts";
import { layersByName, layersByPlace } from "./stored_layers.ts";
import { asTree } from "./windows_names.ts";

/** Half the limits for a JSON file, as the weights are in memory, too. */
const BOUNDS = { maxDepth: 64, maxMarks: 2 ** 16 };

/**
 * Reads a `.h5` file, as written by `model.save()` and `model.save_weights()`
 * (`keras/src/legacy/saving/legacy_h5_format.py`, `keras/src/saving/saving_lib.py`) or
 * published by `keras.applications`. Matches a whole model by its wiring, and weights without
 * a model by the order of their layers.
 *
 * @throws {CorruptWeightsError} When it is damaged or isn't an Inception-v3.
 */
export function readKerasH5(
  { bytes }: Pick<ForeignFile, "bytes">,
): ImportedModel {
  const root = asTree(openHdf5(bytes));
  const [config] = root.texts("model_config") ?? [];
  if (config !== undefined) {
    const weights = root.group("model_weights") ?? root;
    const json = new TextEncoder().encode(config);
    return matchKeras(
      parseJson(json, "model_config", BOUNDS),
      findByName(weights, bytes),
    );
  }
  const weights = readList(root, "layer_names") === undefined
    ? root.group("model_weights")
    : root;
  if (weights !== undefined) {
    return matchLayerOrder(layersByName(weights, bytes));
  }
  if (containerOf(root) !== undefined) {
    return matchLayerOrder(layersByPlace(root, bytes));
  }
  throw new CorruptWeightsError(
    'Cannot import the HDF5 file as Keras must have written it: it has neither "layer_names" nor "layers"',
  );
}

/**
 * Like {@linkcode readKerasH5}, for a file that may have its configuration beside it: an
 * unpacked `.keras`, as on the Hugging Face Hub.
 */
export async function readKerasH5File(
  file: ForeignFile,
): Promise<ImportedModel> {
  const root = asTree(openHdf5(file.bytes));
  const isWhole = root.texts("model_config") !== undefined;
  if (isWhole || containerOf(root) === undefined) return readKerasH5(file);
  const bytes = await readOptional(file.sibling, "config.json", MAX_JSON);
  const config = bytes && parseJson(bytes, "config.json", BOUNDS);
  // Other tools use that file name, too.
  return isConfig(config)
    ? matchKeras(config, findByPlace(root, file.bytes))
    : readKerasH5(file);
}

function isConfig(json: unknown): boolean {
  return typeof json === "object" && json !== null && "class_name" in json &&
    "config" in json;
}

/**
 * Reads a `.keras` file, a ZIP archive of the configuration and the weights
 * (`keras/src/saving/saving_lib.py`).
 *
 * @throws {CorruptWeightsError} When it is damaged or isn't an Inception-v3.
 */
export function readKerasArchive(
  { bytes }: Pick<ForeignFile, "bytes">,
): ImportedModel {
  return readArchive(openZip(bytes, "the Keras model"));
}

/** Like {@linkcode readKerasArchive}, for an archive that may have been compressed. */
export async function readKerasArchiveFile(
  { bytes }: Pick<ForeignFile, "bytes">,
): Promise<ImportedModel> {
  const zip = openZip(bytes, "the Keras model");
  await zip.unpack([CONFIG], MAX_JSON);
  await zip.unpack([WEIGHTS], MAX_WEIGHTS);
  return readArchive(zip);
}

const [CONFIG, WEIGHTS] = ["config.json", "model.weights.h5"] as const;

function readArchive(zip: ZipArchive): ImportedModel {
  const config = zip.read(CONFIG);
  const weights = zip.read(WEIGHTS);
  if (config === undefined || weights === undefined) {
    throw new CorruptWeightsError(
      `Cannot import the ZIP archive as Keras must have written it: it has no ${
        config === undefined ? CONFIG : WEIGHTS
      }`,
    );
  }
  return matchKeras(
    parseJson(config, CONFIG, BOUNDS),
    findByPlace(asTree(openHdf5(weights)), weights),
  );
}
