/**
 * A process that runs a network on command, so that `bench.ts` can alternate between
 * configurations that need separate processes. For each line on standard input it
 * classifies an image three times, or several images at once, and prints the least
 * milliseconds of one, as wall-clock or processor time.
 *
 * @module
 */
import { cropAndResize, load, setWasmModules } from "../mod.ts";
import { loadBenchNetwork, loadBenchPhoto } from "./inputs.ts";
import { assertWidened } from "./wide_vectors.ts";

/** A configuration, passed as JSON on the command line. */
export interface Configuration {
  readonly precision: "int8" | "f32";
  readonly threads?: number;
  readonly threading?: "latency" | "throughput";
  /** Whether to use the kernels without relaxed SIMD. */
  readonly plain?: boolean;
  /** Whether to use 256-bit vectors; the process exits where there are none. */
  readonly wideVectors?: boolean;
  readonly variant?: "full" | "low151" | "low79" | number;
  /** Whether to measure the processor time of all threads. */
  readonly processor?: boolean;
}

if (import.meta.main) {
  const { plain, processor, ...options }: Configuration = JSON.parse(
    Deno.args[0]!,
  );
  const network = await loadBenchNetwork();
  if (plain) {
    setWasmModules({
      plain: await readKernels("plain"),
      plain_threads: await readKernels("plain_threads"),
    });
  }
  if (options.wideVectors) {
    await assertWidened().catch(({ message }: Error) => {
      console.error(`Cannot measure vectors of 256 bits: ${message}`);
      Deno.exit(1);
    });
  }
  using classifier = await load(network, { ...options, backend: "wasm" });
  const image = cropAndResize(
    await loadBenchPhoto(),
    classifier.size,
    network.preprocessing,
  );
  const concurrency = options.threading === "throughput"
    ? 8 * classifier.concurrency
    : 1;
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const _ of lines) {
    let least = Infinity;
    for (let i = 0; i < 3; i++) {
      const now = processor ? processorTime : () => performance.now();
      const start = now();
      await Promise.all(
        Array.from({ length: concurrency }, () => classifier.classify(image)),
      );
      least = Math.min(least, (now() - start) / concurrency);
    }
    console.log(least);
  }
}

/** Processor time of this process's threads, in ms. */
function processorTime(): number {
  let ns = 0;
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    const text = Deno.readTextFileSync(`/proc/self/task/${name}/schedstat`);
    ns += Number(text.split(" ")[0]);
  }
  return ns / 1e6;
}

async function readKernels(name: string): Promise<WebAssembly.Module> {
  const path = `../src/backends/simd/modules/${name}.wasm`;
  return await WebAssembly.compile(
    await Deno.readFile(new URL(path, import.meta.url)),
  );
}
