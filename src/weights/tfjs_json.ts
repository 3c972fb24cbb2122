import { CorruptWeightsError } from "../errors.ts";
import { asObject } from "./json.ts";
import { parseJson } from "./parse_json.ts";
import { TruncatedError } from "./truncated.ts";

/** The parsed `model.json`. */
type ModelJson = Readonly<Record<string, unknown>>;

/**
 * Parses the `model.json` of a TFJS model.
 *
 * @param name The file's name, for errors.
 * @throws {CorruptWeightsError} When it is cut off, or other JSON.
 */
export function parseModelJson(bytes: Uint8Array, name: string): ModelJson {
  const end = String.fromCharCode(...bytes.subarray(-64)).trimEnd();
  if (bytes[0] !== OPEN_BRACKET && end !== "" && !end.endsWith("}")) {
    throw new TruncatedError(`Cannot read ${name} as it must end with "}"`);
  }
  const json = parseJson(bytes, name);
  if (Array.isArray(json)) throw new CorruptWeightsError(`it is ${OTHER}`);
  const model = asObject(json, "model.json");
  if ("modelTopology" in model || "weightsManifest" in model) return model;
  throw new CorruptWeightsError(`it is ${kindOf(model)}`);
}

const OPEN_BRACKET = 0x5b;

const OTHER = "JSON, but not a model of TensorFlow.js";

/** Keys in timm's, transformers' and Keras's `config.json`. */
const CONFIG_NAMES = [
  "architecture",
  "architectures",
  "pretrained_cfg",
  "model_type",
  "class_name",
];

/** Describes JSON that isn't a model, and what to do with it. */
function kindOf(json: ModelJson): string {
  if ("weight_map" in json) {
    return "the list of a model's files (weight_map), which isn't read: save the model as one file, by save_pretrained(folder, max_shard_size=\"10GB\")";
  }
  return CONFIG_NAMES.some((it) => it in json)
    ? "a model's configuration, not the model: give the folder of both"
    : OTHER;
}
