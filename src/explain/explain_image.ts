import { assertChoice, pickOptions } from "../argument.ts";
import { startTimeSlice } from "../async/yield.ts";
import type { Session } from "../backends/backend.ts";
import {
  type ClassNames,
  FRAME_OPTIONS,
  namedClass,
} from "../classification.ts";
import { ArgumentError } from "../errors.ts";
import { assertFiniteAnswer } from "../finite_answer.ts";
import { type Box, cropBox } from "../image/crop.ts";
import type { CropRule } from "../model/network.ts";
import { assertDecodeOptions } from "../image/decode_options.ts";
import { bytesOrPixels } from "../image/image_source.ts";
import {
  type ImageSource,
  type Pixels,
  readImageHeader,
} from "../image/mod.ts";
import { type Graph, nodesFor } from "../model/graph.ts";
import type { ModelMetadata } from "../model/model_metadata.ts";
import { sigmoid, softmax } from "../model/probabilities.ts";
import { type Grid, gridOf } from "./grid.ts";
import { type NetworkInput, runImage } from "../run_image.ts";
import { poolCells } from "./class_activation_map.ts";
import type { ExplainOptions, Explanation } from "./explanation.ts";
import { findClass } from "./find_class.ts";
import { runHead } from "./head_gradient.ts";
import { runOccluded } from "./occlusion.ts";

/** A model whose answers can be explained. */
export interface ExplainedModel extends NetworkInput, ClassNames {
  readonly graph: Graph;
  readonly session: Session;
  readonly metadata: ModelMetadata;
}

/** Explains a model's answer for an image. Option names have been checked by the caller. */
export async function explainImage(
  model: ExplainedModel,
  image: ImageSource,
  options: ExplainOptions,
): Promise<Explanation> {
  assertDecodeOptions(options);
  const photo = await bytesOrPixels(image, options);
  const { crop = model.preprocessing.crop } = options;
  return await runImage(
    photo,
    model,
    { ...pickOptions(options, FRAME_OPTIONS), crop },
    (input) => explainInput(model, photo, input, { ...options, crop }),
  );
}

/** @param input The network's input, cropped from `photo`. */
async function explainInput(
  model: ExplainedModel,
  photo: Uint8Array | Pixels,
  input: Pixels,
  options: ExplainOptions & { readonly crop: CropRule },
): Promise<Explanation> {
  const { method = "cam" } = options;
  assertChoice("explain", "method", method, ["cam", "occlusion"]);
  const { graph } = model;
  const { activations, logits } = graph.outputs;
  if (activations === undefined || logits === undefined) {
    throw new ArgumentError("Cannot explain as the model has no classes");
  }
  const grid = gridOf(graph, activations);
  const asked = options.class === undefined
    ? null
    : findClass(model, options.class);
  if (asked === null && graph.outputs.probabilities === undefined) {
    throw new ArgumentError(
      "Cannot explain the likeliest class as the model gives logits, not probabilities: name a class (--class NAME, or { class })",
    );
  }
  const { index, probability, values } = method === "cam"
    ? await mapActivations(model, input, grid, asked)
    : await mapOcclusion(model, input, grid, asked, options.signal);
  const { rows, columns } = grid;
  const crop = croppedPart(photo, options.crop);
  const mapBounds = boundsOf(grid, crop);
  const answer = { ...namedClass(model, index), probability };
  return { method, ...answer, rows, columns, values, crop, mapBounds };
}

async function mapActivations(
  { graph, session, metadata }: ExplainedModel,
  input: Pixels,
  { channels }: Grid,
  asked: number | null,
) {
  const activations = await session.run(input.data, "activations");
  const layers = nodesFor(graph, graph.outputs.logits!)
    .filter((node) => node.op === "dense");
  const weights = await Promise.all(
    layers.map(({ name }) => session.denseWeights(name)),
  );
  const { value: pooling } = metadata.pooling;
  const pooled = poolCells(activations, channels, pooling);
  const head = runHead(weights, pooled.features);
  const logits = assertFiniteAnswer("logits", head.logits);
  const index = asked ?? highest(logits);
  const { value: activation } = metadata.activation;
  const probabilities = activation === "none"
    ? null
    : activation === "sigmoid"
    ? sigmoid(logits)
    : softmax(logits);
  return {
    index,
    probability: probabilities && probabilities[index]!,
    values: pooled.mapOf(head.gradient(index)),
  };
}

async function mapOcclusion(
  { graph, session }: ExplainedModel,
  input: Pixels,
  grid: Grid,
  asked: number | null,
  signal: AbortSignal | undefined,
) {
  const output = graph.outputs.probabilities === undefined
    ? "logits"
    : "probabilities";
  const answers = await session.run(input.data, output);
  const index = asked ?? highest(answers);
  const answer = answers[index]!;
  const probability = output === "logits" ? null : answer;
  const timeSlice = startTimeSlice(signal);
  const left = async (pixels: Uint8ClampedArray) => {
    if (timeSlice.isOver()) await timeSlice.yield();
    return (await session.run(pixels, output))[index]!;
  };
  const rest = await runOccluded(input, grid, left, session.concurrency);
  return { index, probability, values: rest.map((it) => answer - it) };
}

function highest(answers: Float32Array): number {
  return answers.indexOf(Math.max(...answers));
}

/** The part of an upright photo that the network sees. */
function croppedPart(photo: Uint8Array | Pixels, rule: CropRule): Box {
  if (!(photo instanceof Uint8Array)) {
    return cropBox(photo.width, photo.height, rule);
  }
  const { width, height, orientation } = readImageHeader(photo);
  return orientation >= 5
    ? cropBox(height, width, rule)
    : cropBox(width, height, rule);
}

/** The part of the photo covered by the grid's cells. */
function boundsOf(
  { inputSize, rows, columns, offset, stride }: Grid,
  crop: Box,
): Box {
  const margin = (offset - stride / 2) / inputSize;
  return {
    left: crop.left + margin * crop.width,
    top: crop.top + margin * crop.height,
    width: columns * stride / inputSize * crop.width,
    height: rows * stride / inputSize * crop.height,
  };
}
