import { ArgumentError } from "../errors.ts";
import type { PixelScale } from "../model/network.ts";
import { BYTES, type QuantizedNetwork } from "../model/quantized_network.ts";
import { labelClasses } from "./labels.ts";
import type { LoadNetworkOptions } from "./load_options.ts";

/** An int8 network with the labels, crop and resize of the options. */
export function applyOptions(
  network: QuantizedNetwork,
  { labels, preprocessing }: LoadNetworkOptions,
): QuantizedNetwork {
  const { crop, resize } = preprocessing ?? network.preprocessing;
  const { origins, folded } = network;
  if (preprocessing !== undefined && folded !== undefined) {
    assertScale(preprocessing, folded);
  }
  return {
    ...network,
    origins: preprocessing === undefined
      ? origins
      : { ...origins, crop: "option", resize: "option" },
    labels: labelClasses(network.labels.length, labels ?? network.labels),
    // Other names are of other classes.
    classIds: labels === undefined ? network.classIds : undefined,
    // How bytes become values is in the weights.
    preprocessing: { ...network.preprocessing, crop, resize },
  };
}

function assertScale(asked: PixelScale, own: PixelScale): void {
  const text = ({ scale, offset }: PixelScale) =>
    `scale [${scale}] and offset [${offset}]`;
  // Bytes as they are is what the network says of itself.
  if ([text(own), text(BYTES)].includes(text(asked))) return;
  throw new ArgumentError(
    `Cannot load the int8 model with ${text(asked)} as its weights are for ${
      text(own)
    }: convert it anew`,
  );
}
