import { wasmInt8 } from "../src/backends/simd/wasm_int8.ts";

/**
 * @throws {Error} If vectors aren't widened to 256 bits: other kernels would be
 * measured.
 */
export async function assertWidened(): Promise<void> {
  const found = await wasmInt8({ wideVectors: true }).probe(true);
  const detail = found.available ? found.detail : found.reason;
  if (!detail.includes("256-bit vectors,")) throw new Error(detail);
}
