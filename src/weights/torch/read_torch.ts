import {
  type ForeignFile,
  type ForeignReader,
  readOptional,
} from "../foreign/file.ts";
import { MAX_JSON } from "../limits.ts";
import { parseJson } from "../parse_json.ts";
import { checkpointLabels } from "./checkpoint_labels.ts";
import { collectStates } from "./collect_states.ts";
import { importTorch } from "./import_torch.ts";
import { openCheckpoint } from "./open_checkpoint.ts";
import { transformsInput } from "./program_code.ts";
import { parseTimmConfig, type TimmConfig } from "./timm_config.ts";

/**
 * Reads files of `torch.save` (a state dict, a checkpoint or a pickled model) and
 * TorchScript. Never runs code from the file.
 */
export const readTorch: ForeignReader = async (file) => {
  const { root, findStorage, program } = await openCheckpoint(
    file.bytes,
  );
  const model = importTorch(collectStates(root, findStorage), {
    stateDict: file.stateDict,
    config: await readTimmConfig(file.sibling),
    transformsInput: program && await transformsInput(program),
  });
  const { classes } = model.architecture;
  return { ...model, ...checkpointLabels(root, classes) };
};

/** Reads timm's `config.json` beside a model, if there is one. */
export async function readTimmConfig(
  sibling: ForeignFile["sibling"],
): Promise<TimmConfig | undefined> {
  const bytes = await readOptional(sibling, "config.json", MAX_JSON);
  if (bytes === undefined) return undefined;
  const where = "config.json beside the model";
  return parseTimmConfig(parseJson(bytes, where), where);
}
