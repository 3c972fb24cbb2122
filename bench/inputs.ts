import { decodeImage, type Pixels } from "../mod.ts";
import { loadQuantized, type QuantizedNetwork } from "../src/weights/mod.ts";

/** The network of the benchmarks: int8 weights, which tfjs expands to f32. */
export function loadBenchNetwork(): Promise<QuantizedNetwork> {
  return loadQuantized("nsfw");
}

/** The photo of the benchmarks. */
export async function loadBenchPhoto(): Promise<Pixels> {
  const file = new URL(
    "../examples/photos/cocker_spaniels.jpg",
    import.meta.url,
  );
  return await decodeImage(await Deno.readFile(file));
}
