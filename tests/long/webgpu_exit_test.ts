/**
 * Processes that used WebGPU must exit cleanly, each time. docs/architecture/kernels.md
 * describes the crashes of some.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { CLI, CONFIG } from "../cli/program.ts";
import { PHOTOS } from "../cli/totem.ts";
import { WEBGPU } from "../webgpu.ts";

const ignore = !WEBGPU;

/** The number of runs; `TOTEM_RUNS` overrides it. */
const runsOf = (usual: number) => Number(Deno.env.get("TOTEM_RUNS") ?? usual);

Deno.test({
  name: "tests that used WebGPU end with 0, each time",
  ignore,
  async fn() {
    const file = new URL("../backends/webgpu/device_test.ts", import.meta.url);
    // One in twenty used to crash.
    await assertEnds(runsOf(30), [
      "test",
      "--no-check",
      "--allow-all",
      fileURLToPath(file),
    ]);
  },
});

Deno.test({
  name: "totem classify on WebGPU ends with 0, each time",
  ignore,
  async fn() {
    await using file = await fileOf(await narrowNetwork());
    // None crashed, and each takes longer.
    await assertEnds(runsOf(4), [
      "run",
      "--allow-all",
      CLI,
      "classify",
      "--backend=webgpu",
      `--model=${file.path}`,
      `${PHOTOS}/alp.jpg`,
    ]);
  },
});

/** Runs Deno many times. */
async function assertEnds(
  runs: number,
  [command, ...args]: readonly string[],
) {
  for (let run = 0; run < runs; run++) {
    const { code, signal, stdout, stderr } = await new Deno.Command(
      Deno.execPath(),
      { args: [command!, `--config=${CONFIG}`, ...args] },
    ).output();
    const decoder = new TextDecoder();
    const said = decoder.decode(stdout) + decoder.decode(stderr);
    assert.equal(code, 0, `Run ${run}: ${signal ?? code}\n${said}`);
  }
}
