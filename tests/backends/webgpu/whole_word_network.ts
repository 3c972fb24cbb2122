import {
  calibrateByBatchNorm,
  quantizeNetwork,
} from "../../../src/weights/mod.ts";
import { inceptionV3, type QuantizedNetwork } from "../../../src/model/mod.ts";
import { importModel } from "../../layers_model.ts";

/** A network as narrow as one can be whose concatenations are of whole words. */
export async function wholeWordNetwork(): Promise<QuantizedNetwork> {
  const network = await importModel({
    architecture: { widthMultiplier: 1 / 8, classes: 7, hiddenUnits: [9] },
  });
  const graph = inceptionV3(network.architecture);
  return quantizeNetwork(network, calibrateByBatchNorm(network, graph), {
    source: "noise",
    license: "CC0-1.0",
  });
}
