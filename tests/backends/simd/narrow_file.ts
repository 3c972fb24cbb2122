import {
  calibrateByBatchNorm,
  quantizeNetwork,
  readNetwork,
  writeNetwork,
} from "../../../src/weights/mod.ts";
import { inceptionV3, type QuantizedNetwork } from "../../../src/model/mod.ts";
import { importModel, type LayersModelOptions } from "../../layers_model.ts";

/**
 * A narrow network with int8 weights, read from its file: one in memory would round its
 * weights each time that it is opened.
 */
export async function narrowNetwork(
  options?: LayersModelOptions,
): Promise<QuantizedNetwork> {
  const bytes = options ? narrowBytes(options) : usual ??= narrowBytes();
  return await readNetwork(new Blob([await bytes]).stream());
}

let usual: Promise<Uint8Array<ArrayBuffer>> | undefined;

async function narrowBytes(options?: LayersModelOptions) {
  const network = await importModel(options);
  const calibration = calibrateByBatchNorm(
    network,
    inceptionV3(network.architecture),
  );
  const quantized = quantizeNetwork(network, calibration, {
    source: "noise",
    license: "CC0-1.0",
  });
  return await new Response(writeNetwork(quantized).stream).bytes();
}

/** The file of a network, which disposing deletes. */
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
