/**
 * The real models, each read and converted once for all tests of this folder, which
 * share a worker, since it takes seconds.
 *
 * @module
 */
import { inceptionV3 } from "../../../src/model/mod.ts";
import {
  calibrateByBatchNorm,
  loadNetwork,
  loadQuantized,
  quantizeNetwork,
  readNetwork,
  writeNetwork,
} from "../../../src/weights/mod.ts";
import { IMAGENET } from "../../shared_data.ts";

/** Memoizes `make`, which is called on first use. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

/** The model `nsfw` in f32. */
export const f32Nsfw = once(() => loadNetwork("nsfw", { precision: "f32" }));

/** The model `nsfw` in int8, read from its file's bytes. */
export const int8Nsfw = once(async () => reread(await loadQuantized("nsfw")));

/** The 1000-class model in f32, which must exist. */
export const f32Imagenet = once(() => loadNetwork(IMAGENET!));

/** The 1000-class model in int8, without photos, read from its file's bytes. */
export const int8Imagenet = once(async () => {
  const network = await f32Imagenet();
  const graph = inceptionV3(network.architecture);
  const calibration = calibrateByBatchNorm(network, graph);
  const facts = { source: "shared", license: "unknown" };
  return await reread(quantizeNetwork(network, calibration, facts));
});

/**
 * Writes and reads a network: each use of one in memory would round its weights again.
 */
async function reread(network: Parameters<typeof writeNetwork>[0]) {
  return await readNetwork(writeNetwork(network).stream);
}
