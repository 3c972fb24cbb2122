import assert from "node:assert/strict";
import { WEBGPU } from "./webgpu.ts";

Deno.test({
  name: "tests ask for WebGPU without loading OpenGL's library",
  ignore: !WEBGPU || Deno.build.os !== "linux",
  async fn() {
    // In another process: reading /proc takes all permissions.
    const { stdout } = await new Deno.Command("cat", {
      args: [`/proc/${Deno.pid}/maps`],
    }).output();
    const maps = new TextDecoder().decode(stdout);
    assert.match(maps, /libvulkan\.so/);
    assert.doesNotMatch(maps, /libEGL\.so/);
  },
});
