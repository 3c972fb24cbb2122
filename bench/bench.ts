/**
 * Measures the int8 engine against tfjs's WASM backend on the same weights and photo,
 * interleaved: `deno task bench`. With `--layers` it shows where one image's time goes.
 * With `--processor` it measures the threads' processor time, on Linux, which other
 * work on the machine distorts less.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { WIDE_FLAG } from "../src/backends/simd/v8_flag.ts";
import { cost, inceptionV3 } from "../src/model/mod.ts";
import { measureLayers } from "./layers.ts";
import { readOptions } from "./options.ts";
import type { Configuration } from "./runner.ts";

/** The configurations to compare; the first one is the baseline. */
const CONFIGURATIONS: readonly (Configuration & {
  readonly name: string;
  readonly flags?: string;
})[] = [
  { name: "tfjs-backend-wasm f32", precision: "f32" },
  { name: "int8", precision: "int8" },
  { name: "int8, 2 threads", precision: "int8", threads: 2 },
  {
    name: "int8, 2 threads, an image each",
    precision: "int8",
    threads: 2,
    threading: "throughput",
  },
  {
    name: "int8 without VNNI",
    precision: "int8",
    flags: "--no-enable-avx-vnni,--no-enable-avx-vnni-int8",
  },
  {
    name: "int8, 256-bit vectors",
    precision: "int8",
    wideVectors: true,
    flags: WIDE_FLAG,
  },
  { name: "int8 without relaxed SIMD", precision: "int8", plain: true },
  { name: "int8, low151", precision: "int8", variant: "low151" },
  { name: "int8, low79", precision: "int8", variant: "low79" },
];

/** Starts a process for a configuration, see `runner.ts`; null if it can't run. */
async function start(
  { flags, name: _, ...configuration }: typeof CONFIGURATIONS[number],
  processor: boolean,
) {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      // Deno lets only programs with all permissions read /proc.
      ...processor ? ["--allow-all"] : ["--allow-read", "--allow-env"],
      ...flags ? [`--v8-flags=${flags}`] : [],
      fileURLToPath(new URL("runner.ts", import.meta.url)),
      JSON.stringify({ ...configuration, processor }),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const output = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  const run = async () => {
    await input.write(new TextEncoder().encode("\n"));
    const { value } = await output.read();
    if (value === undefined) throw new Error("The runner has ended");
    return Number(value);
  };
  try {
    for (let i = 0; i < 3; i++) await run(); // Packs the weights and warms up the JIT.
  } catch {
    await process.status;
    return null;
  }
  return {
    run,
    async end() {
      await input.close();
      await process.status;
    },
  };
}

async function compare(rounds: number, processor: boolean): Promise<void> {
  const runners = [];
  for (const configuration of CONFIGURATIONS) {
    const runner = await start(configuration, processor);
    if (runner !== null) runners.push({ configuration, ...runner });
  }
  const times: number[][] = runners.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of runners.entries()) times[i]!.push(await run());
  }
  await Promise.all(runners.map(({ end }) => end()));
  const sorted = times.map((it) => it.toSorted((a, b) => a - b));
  const [base] = sorted;
  const middle = Math.floor(rounds / 2);
  console.log(
    `${"".padEnd(32)}      min    median   times as fast   G multiply-adds/s`,
  );
  for (const [i, { configuration }] of runners.entries()) {
    const { name, variant = "full" } = configuration;
    const least = sorted[i]![0]!, median = sorted[i]![middle]!;
    const { multiplyAdds } = cost(inceptionV3({ variant }));
    console.log(
      name.padEnd(32),
      `${least.toFixed(1)} ms`.padStart(9),
      `${median.toFixed(1)} ms`.padStart(9),
      `${(base![0]! / least).toFixed(2)}, ${
        (base![middle]! / median).toFixed(2)
      }`.padStart(15),
      (multiplyAdds / least / 1e6).toFixed(0).padStart(19),
    );
  }
}

if (import.meta.main) {
  const { layers, processor, rounds } = readOptions("bench", {
    layers: false,
    processor: false,
    rounds: 20,
  });
  if (layers) await measureLayers(rounds);
  else await compare(rounds, processor);
}
