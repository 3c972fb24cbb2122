import {
  backendName,
  checkBackend,
  listBackends,
  wasmFeatures,
} from "../backends/mod.ts";
import { inceptionV3 } from "../model/mod.ts";
import { coreCount } from "../backends/simd/thread_counts.ts";
import { type Command, parseNone } from "./command.ts";
import { FORMAT_OPTIONS, formatOf, resultTable } from "./format_option.ts";
import { flag } from "./option_kinds.ts";
import { system } from "./system.ts";

/** `totem doctor` */
export const doctor: Command = {
  summary: "Show which backends work on this machine",
  help: `\
Usage: totem doctor [options]

Shows which backends work on this machine, why the others don't, and which one
--backend auto uses.

On Linux without a desktop, the GPU's driver may print that XDG_RUNTIME_DIR is
not set. This is harmless. Set XDG_RUNTIME_DIR=/tmp to silence it.

Options:
  --wide-vectors     Also check for 256-bit vectors
  --format NAME      Print text, json, csv or tsv (default: text). csv and tsv
                     have one row per backend: device, precision, auto (whether
                     auto uses it), memory (in bytes), detail, refusal
  --json             Same as --format json: one object

Example:
  totem doctor`,
  async run(args, io) {
    const values = parseNone(args, {
      ...FORMAT_OPTIONS,
      "wide-vectors": flag,
    });
    const format = formatOf(values, "text");
    const graph = inceptionV3();
    const verdicts = [];
    const wideVectors = values["wide-vectors"];
    for (const backend of listBackends({ threads: "auto", wideVectors })) {
      verdicts.push(await checkBackend(backend, graph));
    }
    const choice = verdicts.find(({ refusal }) => refusal === null)?.backend;
    const wasm = wasmFeatures();
    const cores = coreCount();
    const { name, version, v8 } = runtime();
    const platform = `${system.build.os} ${system.build.arch}`;
    if (format === "csv" || format === "tsv") {
      const table = resultTable(io, format, COLUMNS);
      for (const { backend, memory, refusal, availability } of verdicts) {
        table.add({
          device: backend.device,
          precision: backend.precision,
          auto: backend === choice,
          memory,
          detail: availability.available ? availability.detail : null,
          refusal,
        });
      }
    } else if (format === "json") {
      io.printJson({
        runtime: { [name.toLowerCase()]: version, v8, platform, cores },
        wasm,
        backends: verdicts.map((
          { backend, memory, refusal, availability },
        ) => ({
          device: backend.device,
          precision: backend.precision,
          memory,
          refusal,
          ...availability,
        })),
        auto: choice ? backendName(choice) : null,
      });
    } else {
      const has = (what: boolean) => what ? "yes" : "no";
      io.print(
        `runtime       ${name} ${version}${
          v8 ? `, V8 ${v8}` : ""
        }, ${platform}, ${cores} cores`,
      );
      io.print(
        `WebAssembly   SIMD ${has(wasm.simd)}, relaxed SIMD ${
          has(wasm.relaxedSimd)
        }, threads ${has(wasm.threads)}`,
      );
      for (const { backend, availability, memory, refusal } of verdicts) {
        const name = backendName(backend).padEnd(12);
        io.print(
          refusal === null && availability.available
            ? `${io.paint("green", name)}  ${availability.detail}, up to ${
              Math.ceil(memory / 2 ** 20)
            } MiB`
            : `${io.paint("yellow", name)}  not taken: ${refusal}`,
        );
      }
      io.print(
        `${io.paint("bold", "auto")}          ${
          choice ? backendName(choice) : "nothing"
        }`,
      );
    }
    return choice ? 0 : 1;
  },
};

/** The columns of `csv` and `tsv`. */
const COLUMNS = [
  "device",
  "precision",
  "auto",
  "memory",
  "detail",
  "refusal",
] as const;

function runtime() {
  const { deno, bun, node, v8 } = system.version;
  return deno !== undefined
    ? { name: "Deno", version: deno, v8 }
    // Bun also reports a version of Node, and of a V8 that it doesn't use.
    : bun !== undefined
    ? { name: "Bun", version: bun }
    : { name: "Node", version: node, v8 };
}
