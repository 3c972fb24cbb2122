import { ArgumentError } from "../errors.ts";
import { describeScale } from "../model/describe_scale.ts";
import type { PixelScale } from "../model/network.ts";
import type { QuantizedNetwork } from "../model/quantized_network.ts";
import { assertOwn, withAnswers } from "./answers.ts";
import { type FoundClasses, insteadOf, labelClasses } from "./labels.ts";
import { type LoadNetworkOptions, noStateDicts } from "./load_options.ts";

/**
 * Applies the labels, crop, resize and activation of the options to an int8 network.
 *
 * @param name Its name, for errors, if it has one.
 * @param beside The classes from a file beside it.
 */
export function applyOptions(
  network: QuantizedNetwork,
  { preprocessing, activation, ...options }: LoadNetworkOptions,
  name: string | undefined,
  beside?: FoundClasses,
): QuantizedNetwork {
  const model = name === undefined
    ? "the int8 model"
    : `the int8 model "${name}"`;
  if (options.stateDict !== undefined) {
    throw noStateDicts(model, options.stateDict);
  }
  const labels = options.labels ?? beside?.labels;
  for (const fact of ["pooling", "pools"] as const) {
    const advice = ": convert the original model again";
    assertOwn(model, fact, network, options[fact], advice);
  }
  const { architecture, origins } = withAnswers(network.architecture, {
    activation,
  });
  if (architecture.classes === 1 && labels?.length === 2) {
    throw new ArgumentError(
      `Cannot name two classes of ${model} as it has one output: convert the original model again with both names`,
    );
  }
  const { crop, resize, scale, offset } = preprocessing ?? {};
  if (scale && offset) assertScale(model, { scale, offset }, network.folded);
  return {
    ...network,
    architecture,
    origins: {
      ...network.origins,
      ...origins,
      ...crop && { crop: "option" },
      ...resize && { resize: "option" },
    },
    labels: labelClasses(
      architecture,
      labels ?? network.labels,
      options.labels ? undefined : insteadOf(beside?.labelsFrom),
    ),
    // Class ids belong to their labels.
    classIds: labels === undefined
      ? network.classIds
      : options.labels
      ? undefined
      : beside?.classIds,
    // Scale and offset are folded into the weights.
    preprocessing: {
      ...network.preprocessing,
      ...crop && { crop },
      ...resize && { resize },
    },
  };
}

function assertScale(
  model: string,
  asked: PixelScale,
  own: PixelScale | undefined,
): void {
  const exact = ({ scale, offset }: PixelScale) =>
    `scale [${scale}] and offset [${offset}]`;
  if (own !== undefined && exact(own) === exact(asked)) return;
  const words = (it: PixelScale) => `pixels ${describeScale(it)}`;
  const text = own && words(own) === words(asked) ? exact : words;
  throw new ArgumentError(
    `Cannot load ${model} with ${text(asked)} as its weights are for ${
      own === undefined ? "those that they were converted with" : text(own)
    }: convert the original model again`,
  );
}
