import { exportOnnx, exportTflite } from "../export/mod.ts";
import { hasNames } from "../export/export_facts.ts";
import {
  isQuantized,
  modelMetadata,
  type Network,
  type Variant,
} from "../model/mod.ts";
import { describeGeometry } from "../model/describe_metadata.ts";
import { megabytes } from "../text/numbers.ts";
import {
  LABELS_KEY,
  PREPROCESSING_KEY,
} from "../weights/foreign/exported_facts.ts";
import type { FoundClasses } from "../weights/labels.ts";
import type { NetworkMetadata } from "../weights/load_options.ts";
import { loadNetwork } from "./load_network.ts";
import { tellAssumed } from "./model_notes.ts";
import { UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";
import { writeFileWhole } from "./write_file.ts";

/** The exporter for each file extension. */
const EXPORTERS = { ".onnx": exportOnnx, ".tflite": exportTflite } as const;

/** The extension of a file for another runtime. */
export type ExportEnding = keyof typeof EXPORTERS;

/** The extension of `out`, if it is one of a file for another runtime. */
export function exportEnding(out: string): ExportEnding | undefined {
  const endings = Object.keys(EXPORTERS) as ExportEnding[];
  return endings.find((it) => out.toLowerCase().endsWith(it));
}

/** The arguments of `totem convert`. */
export interface ExportRequest {
  readonly source: string;
  readonly out: string;
  readonly ending: ExportEnding;
  readonly classes: FoundClasses | undefined;
  readonly metadata: Omit<NetworkMetadata, "labels">;
  readonly variant: Variant | undefined;
  readonly json: boolean;
}

/** Rejects options that only apply to a conversion to int8. */
export function assertExportOptions(
  out: string,
  values: Readonly<Record<"calibrate" | "evaluate" | "license", unknown>>,
): void {
  for (const name of ["calibrate", "evaluate", "license"] as const) {
    if (values[name] === undefined) continue;
    throw new UsageError(
      `Cannot use --${name} with --out ${out} as weights are written there as they are: make a .safetensors with int8 weights first, and export that`,
    );
  }
}

/** Exports a network for another runtime, with its weights unchanged. */
export async function exportModel(
  io: Terminal,
  { source, out, ending, classes, metadata, variant, json }: ExportRequest,
): Promise<void> {
  const network = await loadNetwork(io, source, {
    ...metadata,
    precision: "f32", // Only affects known models.
  }, classes);
  const facts = modelMetadata(network, variant);
  tellAssumed(io, source, facts);
  const { stream, byteLength, input, outputs } = EXPORTERS[ending](network, {
    variant,
  });
  await writeFileWhole(out, stream);
  const weights = isQuantized(network) ? "int8" : "f32";
  if (json) {
    io.printJson({ out, byteLength, weights, input, outputs, metadata: facts });
    return;
  }
  io.print(`${io.paint("bold", out)}: ${megabytes(byteLength)}`);
  io.print(`weights: ${weights}`);
  io.print(
    `input: ${input.name}, [${
      input.shape.join(", ")
    }] of ${input.type}: R, G and B of 0..255`,
  );
  io.print(`photo: ${describeGeometry(facts)}`);
  for (const { name, shape } of outputs) {
    io.print(`output: ${name}, [${shape.join(", ")}]`);
  }
  io.print(`in its metadata: ${written(network).join(", ")}`);
}

/** The metadata keys that the file has in addition to its graph. */
function written(network: Network): readonly string[] {
  const keys = [`${PREPROCESSING_KEY} (crop and resize)`];
  return hasNames(network) ? [...keys, `${LABELS_KEY} (names)`] : keys;
}
