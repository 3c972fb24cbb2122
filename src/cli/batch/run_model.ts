import { planModel, type RunModel } from "../../batch/plan_model.ts";
import { displaySource } from "../../io/address.ts";
import { readLabels } from "../class_files.ts";
import { loadNetwork } from "../load_network.ts";
import { tellAssumed } from "../model_notes.ts";
import {
  LABELS_OPTION,
  NETWORK_HELP,
  NETWORK_OPTIONS,
  networkMetadata,
} from "../network_options.ts";
import { choice, text, variant } from "../option_kinds.ts";
import type { Values } from "../options.ts";
import { sourceName } from "../source_name.ts";
import type { Terminal } from "../terminal.ts";

/** Options for `parse()`: model options that keep results identical on all machines. */
export const RUN_MODEL_OPTIONS = {
  model: text("nsfw"),
  variant: variant(),
  "activation-bits": choice("8", ["7", "8"]),
  ...LABELS_OPTION,
  ...NETWORK_OPTIONS,
};

/** For `--help`. */
export const RUN_MODEL_HELP = `\
Model options:
  --variant NAME     Input size: full (299 pixels), low151, low79, or a size in
                     pixels (default: what the model says, else full)
  --activation-bits N
                     7 or 8: 7 is faster on x86 processors without VNNI, and
                     slightly less accurate (default: 8)
${NETWORK_HELP}`;

/** Loads the model named by the options, and prepares it for a run. */
export async function loadRunModel(
  io: Terminal,
  values: Values<typeof RUN_MODEL_OPTIONS>,
): Promise<RunModel> {
  const { model: source, labels, variant } = values;
  const classes = labels === undefined ? undefined : await readLabels(labels);
  const metadata = networkMetadata(values);
  const network = await loadNetwork(io, source, metadata, classes);
  const { classIds } = classes ?? {};
  const model = await planModel(
    { ...network, ...classIds && { classIds } },
    {
      name: sourceName(source),
      variant,
      activationBits: values["activation-bits"] === "7" ? 7 : 8,
    },
  );
  tellAssumed(io, source, model.metadata);
  if (model.wasFloat) {
    io.tellOnce(
      "note",
      `${
        displaySource(source)
      } has f32 weights, and runs as int8 with ranges from batch norm statistics: totem convert --calibrate is closer to f32, but needs photos`,
    );
  }
  return model;
}
