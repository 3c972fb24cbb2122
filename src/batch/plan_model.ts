import {
  assertArgument,
  assertChoice,
  assertOptions,
  type OptionNames,
} from "../argument.ts";
import { throwIfAborted } from "../async/abort.ts";
import { fileProvenance } from "../convert/file_provenance.ts";
import { ArgumentError, CorruptWeightsError } from "../errors.ts";
import { readStream } from "../io/read_stream.ts";
import { describeGeometry } from "../model/describe_metadata.ts";
import {
  isQuantized,
  type ModelMetadata,
  modelMetadata,
  type Network,
  type QuantizedNetwork,
  type Variant,
} from "../model/mod.ts";
import { withVariant } from "../model/model_metadata.ts";
import { networkGraph } from "../model/network_graph.ts";
import { assertNetwork } from "../network_arguments.ts";
import { calibrateByBatchNorm } from "../weights/quantize/calibrate_by_batch_norm.ts";
import { quantizeNetwork } from "../weights/quantize/quantize_network.ts";
import { sha256OfBytes } from "../weights/store/sha256.ts";
import { writeNetwork } from "../weights/write_totem_file.ts";
import { loadExact } from "./load_exact.ts";
import type { PlannedModel } from "./plan.ts";
import { probeModel } from "./probe_model.ts";

/** A model that can be part of a run. */
export interface RunModel {
  /** The model's part of the plan. */
  readonly planned: PlannedModel;
  /** The bytes of the run's `model.safetensors`. */
  readonly file: Uint8Array;
  /** The preprocessing of images and the kind of outputs, each with its origin. */
  readonly metadata: ModelMetadata;
  /** Whether its weights were f32, so that batch norm statistics set the ranges. */
  readonly wasFloat: boolean;
}

/** Options of `planModel`. */
export interface PlanModelOptions {
  /** Its name, for people. @default "model" */
  readonly name?: string | undefined;
  /** The network's input size: that of the model unless given, or else `"full"`. */
  readonly variant?: Variant | undefined;
  /**
   * The bits of activations. 7 is faster on x86 processors without VNNI, and slightly
   * less accurate. There is no `"auto"`, as machines would give different answers.
   *
   * @default 8
   */
  readonly activationBits?: 7 | 8 | undefined;
  /** Aborts the work. */
  readonly signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<PlanModelOptions> = {
  name: true,
  variant: true,
  activationBits: true,
  signal: true,
};

const CANNOT = "plan a batch run";

/**
 * Prepares a model for a batch run: creates a Totem file, which contains
 * everything that determines the answers, and the hashes that identify it. The model runs
 * once, on a test pattern.
 *
 * f32 weights become int8 with ranges from batch norm statistics, like those of known
 * models. `convert` is more accurate, but needs photos.
 *
 * @param network The result of `loadNetwork`.
 * @throws {ArgumentError} When an argument isn't valid, or the weights are f32 and have
 * no batch norm.
 * @throws {CorruptWeightsError} When its weights aren't valid.
 * @throws {BackendUnavailableError} When int8 doesn't run on WASM here.
 * @throws {AbortedError} When the signal fires.
 */
export async function planModel(
  network: Network,
  options: PlanModelOptions = {},
): Promise<RunModel> {
  assertNetwork(CANNOT, network);
  assertOptions(CANNOT, options, OPTIONS);
  const { name = "model", activationBits = 8, signal } = options;
  assertChoice(CANNOT, "activationBits", activationBits, [7, 8]);
  assertArgument(
    typeof name === "string",
    `${CANNOT} as the model's name must be a text`,
    name,
  );
  const own = withVariant(network, options.variant);
  const metadata = modelMetadata(network, options.variant);
  const variant = metadata.variant.value;
  const int8 = isQuantized(own) ? own : quantized(own, name);
  throwIfAborted(signal);
  const { stream, byteLength: size } = writeNetwork(int8);
  const file = (await readStream(stream, size, { size }))!;
  const request = { variant, activationBits, signal };
  const classifier = await loadExact(file, request);
  try {
    const planned: PlannedModel = {
      name,
      sha256: await sha256OfBytes(file),
      variant,
      geometry: describeGeometry(metadata),
      activationBits,
      probe: await probeModel(classifier, signal),
    };
    return { planned, file, metadata, wasFloat: int8 !== own };
  } finally {
    classifier.dispose();
  }
}

function quantized(network: Network, name: string): QuantizedNetwork {
  const architecture = { ...network.architecture, auxiliary: false };
  const graph = networkGraph({ ...network, architecture });
  let calibration;
  try {
    calibration = calibrateByBatchNorm(network, graph);
  } catch (cause) {
    if (!(cause instanceof CorruptWeightsError)) throw cause;
    throw new ArgumentError(
      `${cause.message}. A batch run needs int8 weights: totem convert --calibrate makes a file of them`,
      { cause },
    );
  }
  const provenance = fileProvenance(name, network.license);
  return quantizeNetwork(network, calibration, provenance);
}
