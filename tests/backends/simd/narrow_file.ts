import {
  calibrateByBatchNorm,
  quantizeNetwork,
  writeNetwork,
} from "../../../src/weights/mod.ts";
import { inceptionV3, type QuantizedNetwork } from "../../../src/model/mod.ts";
import { importModel, type LayersModelOptions } from "../../layers_model.ts";

/** A narrow network with int8 weights. */
export async function narrowNetwork(
  options?: LayersModelOptions,
): Promise<QuantizedNetwork> {
  const network = await importModel(options);
  const calibration = calibrateByBatchNorm(
    network,
    inceptionV3(network.architecture),
  );
  return quantizeNetwork(network, calibration, {
    source: "noise",
    license: "CC0-1.0",
  });
}

/** The file of a network, which is gone when it is disposed. */
export async function fileOf(
  network: QuantizedNetwork,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await Deno.writeFile(path, writeNetwork(network).stream);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path),
  };
}
