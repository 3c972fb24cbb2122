import { displayValue } from "../argument.ts";
import { CorruptWeightsError } from "../errors.ts";
import type { SafetensorsHeader } from "./safetensors/header.ts";

const STEM = "Conv2d_1a_3x3.conv.weight";
const CLASSIFIER = "fc.weight";

/** This many names identify the model. */
const SHOWN = 3;

export function assertTorchvisionNames(
  { metadata, tensors }: SafetensorsHeader,
): void {
  const names = tensors.map((it) => it.name);
  const absent = [CLASSIFIER, STEM].filter((it) => !names.includes(it));
  if (absent.length === 0) return;
  if (metadata.has("totem.index")) {
    throw new CorruptWeightsError(
      "Cannot use the file as a model as it is a search index: totem search takes it as --index",
    );
  }
  const part = absent[0] === CLASSIFIER ? "classifier" : "first layer";
  throw new CorruptWeightsError(
    `Cannot find torchvision's ${part} as the file must have a tensor "${
      absent[0]
    }": ${tensorNames(names)}. ${adviceFor(names, absent)}`,
  );
}

function tensorNames(names: readonly string[]): string {
  if (names.length === 0) return "it has no tensors";
  // The classifier is last in PyTorch's models, not in the file's order.
  const heads = names.filter((it) => /(^|\.)(fc|head|classifier)\./.test(it));
  const shown = [...new Set([...heads.slice(0, SHOWN), ...names])]
    .slice(0, SHOWN).map(displayValue).join(", ");
  const more = names.length > SHOWN ? ", ..." : "";
  return `it has ${names.length} tensors: ${shown}${more}`;
}

function adviceFor(
  names: readonly string[],
  absent: readonly string[],
): string {
  const prefixed = names.find((it) => it.endsWith(`.${STEM}`));
  if (prefixed !== undefined) {
    const prefix = displayValue(prefixed.slice(0, -STEM.length));
    return `Remove the prefix ${prefix} from the names and save them again: {k.removeprefix(${prefix}): v for k, v in state_dict.items()}`;
  }
  return absent.includes(STEM)
    ? "Only Inception-v3 is read: torchvision's inception_v3 or timm's, whose tensors have these names, or a Keras model (.h5)"
    : `The classifier must be one linear layer: save it as "fc.weight" and "fc.bias", with the names of the other tensors as they are`;
}
