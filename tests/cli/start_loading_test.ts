import assert from "node:assert/strict";
import { startLoading } from "../../src/cli/start_loading.ts";
import { fileStore } from "../../src/weights/mod.ts";
import { storeKey } from "../../src/weights/known_quantized.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { captured } from "./in_process.ts";

const TERMINAL = { isTerminal: true, env: { TERM: "xterm" } } as const;

/** Runs `work` with the clock a second ahead, so that progress is shown. */
function later(work: () => void): void {
  const { now } = performance;
  performance.now = () => now.call(performance) + 1000;
  try {
    work();
  } finally {
    performance.now = now;
  }
}

/** Sets an environment variable until disposed. */
function withVariable(name: string, value: string): Disposable {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  return {
    [Symbol.dispose]() {
      if (before === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before);
    },
  };
}

Deno.test("pipelines are shown once all bytes are there, until all are compiled", async () => {
  const { stderr } = await captured(async (terminal) => {
    using loading = await startLoading(terminal, "model.safetensors");
    later(() => {
      loading.onCompile(0, 6);
      loading.onCompile(1, 6);
      loading.onProgress(1e6, 2e6);
      loading.onProgress(2e6, 2e6);
      loading.onCompile(6, 6);
    });
  }, TERMINAL);
  const lines = stderr.split("\r").map((it) => it.replace(/.*[━╌] /, ""));
  assert.deepEqual(lines, [
    "",
    "1.0 of 2.0 MB of model.safetensors\x1b[K",
    "2.0 of 2.0 MB of model.safetensors\x1b[K",
    "1 of 6 kernels compiled for the GPU\x1b[K",
    "\x1b[K", // All kernels are compiled.
    "\x1b[K", // The bar of the download is cleared.
  ]);
});

Deno.test("pipelines that take long are shown, although none is ready", async () => {
  const { stderr } = await captured(async (terminal) => {
    using loading = await startLoading(terminal, "model.safetensors");
    loading.onProgress(2e6, 2e6);
    loading.onCompile(0, 6);
    await new Promise((resolve) => setTimeout(resolve, 700));
  }, TERMINAL);
  assert.match(stderr, /╌ 0 of 6 kernels compiled for the GPU/);
});

Deno.test("nothing of pipelines is written where there is no terminal", async () => {
  const { stderr } = await captured(async (terminal) => {
    using loading = await startLoading(terminal, "model.safetensors");
    later(() => {
      loading.onProgress(2e6, 2e6);
      loading.onCompile(1, 6);
    });
  });
  assert.equal(stderr, "");
});

Deno.test("a download says why it is needed where the cache has the model in int8", async () => {
  await using cache = await temporaryFolder();
  // Tests may reach this registry, but without permission nothing is downloaded.
  using _registry = withVariable("npm_config_registry", "http://127.0.0.1:9");
  const told = async (precision: "int8" | "f32") => {
    const { stderr } = await captured(async (terminal) => {
      using _ = await startLoading(terminal, "nsfw", precision);
    }, { env: { TOTEM_CACHE: cache.path } });
    return stderr;
  };
  const note = "Downloading nsfw, 25.3 MB";
  assert.equal(await told("int8"), `${note}\n`);
  assert.equal(await told("f32"), `${note}\n`);
  await fileStore(cache.path).put(
    storeKey("nsfw"),
    new Blob(["int8"]).stream(),
  );
  assert.equal(await told("int8"), "");
  assert.equal(
    await told("f32"),
    `${note}: the cache has only its int8 weights\n`,
  );
});

Deno.test("no download is announced of an address that isn't well formed", async () => {
  const { stderr } = await captured(async (terminal) => {
    using _loading = await startLoading(terminal, "http://");
  });
  assert.equal(stderr, "");
});
