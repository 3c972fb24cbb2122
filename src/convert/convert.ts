import { throwIfAborted } from "../async/abort.ts";
import { pickOptions } from "../argument.ts";
import { assertFloat, assertNetwork } from "../network_arguments.ts";
import { AbortedError, ArgumentError } from "../errors.ts";
import { DECODE_OPTIONS } from "../image/decode_options.ts";
import { isGiven, readGiven } from "../image/given_image.ts";
import { cropAndResize, decodeImage, type Pixels } from "../image/mod.ts";
import { mapOrdered } from "../async/map_ordered.ts";
import type { Network, QuantizedNetwork } from "../model/mod.ts";
import { networkGraph } from "../model/network_graph.ts";
import { withVariant } from "../model/model_metadata.ts";
import { channelFactors } from "../weights/quantize/channel_factors.ts";
import { calibrateByBatchNorm } from "../weights/quantize/calibrate_by_batch_norm.ts";
import { quantizeNetwork } from "../weights/quantize/quantize_network.ts";
import { readNetwork } from "../weights/totem_file.ts";
import { writeNetwork } from "../weights/write_totem_file.ts";
import { calibrate } from "./calibrate.ts";
import {
  compareInt8,
  type CompareOptions,
  type Fidelity,
  watchF32,
} from "./compare.ts";
import {
  assertConvertArguments,
  type ConvertOptions,
  type ConvertProgress,
  type Images,
  type Photo,
} from "./options.ts";
import { fileProvenance } from "./file_provenance.ts";

/** A converted network. */
export interface Converted {
  /**
   * The int8 network; `writeNetwork` writes it to a file. Its `calibration` states what
   * set the ranges: photos, with their number, or batch norm.
   */
  readonly network: QuantizedNetwork;
  /**
   * How close the int8 network is to the f32 network on the photos of `compareOn`, with
   * 8-bit and with 7-bit activations. Empty without such photos.
   */
  readonly fidelities: readonly Fidelity[];
}

/**
 * Converts an f32 network to int8. Weights are rounded to 8 bits, and photos set the
 * range of each activation. Pass a dozen or more photos like those that the network
 * will see. The network sees each photo twice, as a whole and at its centre.
 *
 * The same network and photos give the same bytes. Photos run on tfjs's WASM backend;
 * without photos, tfjs isn't loaded.
 *
 * @param network A network with f32 weights: the result of `loadNetwork` with
 * `precision: "f32"`.
 * @param photos Images in any order. With `null`, the statistics of batch norm set the
 * ranges, which is less accurate.
 * @throws {ArgumentError} When an argument isn't valid, the weights are int8 already, or
 * no photo can be read.
 * @throws {CorruptWeightsError} When a weight isn't finite; or without photos, when a
 * convolution has no batch norm.
 * @throws {NotFiniteError} When outputs to compare aren't finite.
 * @throws {BackendUnavailableError} When tfjs's WASM backend can't be loaded.
 * @throws {AbortedError} When the signal fires.
 * @throws As `decodeImage` does for a photo that can't be read, unless there is `onError`.
 *
 * @example Convert a model with photos of your own
 * ```ts
 * import { convert } from "@totem/inception/convert";
 * import { loadNetwork, writeNetwork } from "@totem/inception/weights";
 *
 * async function* photos() {
 *   for await (const { name } of Deno.readDir("photos")) yield `photos/${name}`;
 * }
 *
 * const { network } = await convert(await loadNetwork("model.h5"), photos());
 * await Deno.writeFile("converted.safetensors", writeNetwork(network).stream);
 * ```
 */
export async function convert(
  network: Network,
  photos: Images | null,
  options: ConvertOptions = {},
): Promise<Converted> {
  assertNetwork("convert", network);
  assertConvertArguments(photos, options);
  assertFloat("convert", network);
  const { signal, source, license } = options;
  const f32 = withVariant(network, options.variant);
  const architecture = { ...network.architecture, auxiliary: false };
  const graph = networkGraph({ ...network, architecture }, options.variant);
  const calibration = photos === null
    ? calibrateByBatchNorm(f32, graph)
    : await calibrate(f32, graph, decoded(photos, options), {
      ...options,
      onImage: progress(
        "calibrate",
        Array.isArray(photos) ? photos.length : undefined,
        options,
      ),
    });
  throwIfAborted(signal);
  const provenance = fileProvenance(source, license ?? f32.license);
  const int8 = await rewritten(
    quantizeNetwork(f32, calibration, provenance),
    signal,
  );
  const factors = channelFactors(graph, calibration);
  const fidelities = await compare(f32, int8, { ...options, graph, factors });
  return { network: int8, fidelities };
}

/** Creates a function that reports the next photo or run. */
function progress(
  stage: ConvertProgress["stage"],
  total: number | undefined,
  options: ConvertOptions,
) {
  let done = 0;
  return () => options.onProgress?.({ stage, done: ++done, total });
}

/**
 * Writes a network to memory and reads it back, so that it no longer needs the f32
 * weights, and errors in writing occur now.
 */
async function rewritten(
  network: QuantizedNetwork,
  signal: AbortSignal | undefined,
): Promise<QuantizedNetwork> {
  const { stream, byteLength } = writeNetwork(network);
  return await readNetwork(stream, { size: byteLength, signal });
}

async function compare(
  f32: Network,
  int8: QuantizedNetwork,
  options: ConvertOptions & Pick<CompareOptions, "graph" | "factors">,
): Promise<readonly Fidelity[]> {
  const { graph } = options;
  const images: Pixels["data"][] = [];
  for await (const photo of decoded(options.compareOn ?? [], options)) {
    images.push(cropAndResize(photo, graph.input[0], f32.preprocessing).data);
  }
  if (images.length === 0) return [];
  const onImage = progress("compare", 3 * images.length, options);
  const watching = { ...options, images, onImage };
  const expected = await watchF32(f32, watching);
  return [
    await compareInt8(expected, int8, 8, watching),
    await compareInt8(expected, int8, 7, watching),
  ];
}

async function* decoded(
  photos: Images,
  options: ConvertOptions,
): AsyncGenerator<Pixels> {
  const results = mapOrdered(
    photos,
    (photo, signal) => decode(photo, { ...options, signal }),
    { concurrency: 1, signal: options.signal },
  );
  for await (const pixels of results) if (pixels !== null) yield pixels;
}

/** Decodes a photo. Returns `null` if it can't be read, after calling `onError`. */
async function decode(
  photo: Photo,
  options: ConvertOptions,
): Promise<Pixels | null> {
  const { onError } = options;
  let isRead = !isGiven(photo);
  try {
    const image = isGiven(photo) ? await readGiven(photo) : photo;
    isRead = true;
    return await decodeImage(image, pickOptions(options, DECODE_OPTIONS));
  } catch (error) {
    const isOfPhoto = !(error instanceof AbortedError) &&
      !(isRead && error instanceof ArgumentError);
    if (!isOfPhoto || onError === undefined) throw error;
    onError(error, photo);
    return null;
  }
}
