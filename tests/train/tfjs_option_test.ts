/**
 * tfjs is loaded from where the caller says. In a separate file, and so with separate
 * process state: an initialized tfjs isn't imported again.
 */
import assert from "node:assert/strict";
import { listBackends } from "../../src/backends/list_backends.ts";
import type { TfjsPackages } from "../../src/backends/tfjs/packages.ts";
import { convert } from "../../src/convert/mod.ts";
import { loadWith } from "../../src/load_with.ts";
import type { Network } from "../../src/model/mod.ts";
import { adapt } from "../../src/train/adapt.ts";
import { trainNetwork } from "../../src/train/train_network.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { patternImage } from "./patterns.ts";

const absent = () => Promise.reject(new TypeError("Failed to fetch tfjs.js"));
const tfjs: TfjsPackages = {
  core: absent,
  wasm: absent,
  webgpu: absent,
  cpu: absent,
};
const refused = {
  code: "backend-unavailable",
  message: /Cannot load tfjs, on which f32 runs: Failed to fetch tfjs\.js$/,
};

const base = await narrowNetwork();
const f32: Network = {
  architecture: base.architecture,
  labels: base.labels,
  preprocessing: base.preprocessing,
  weights: (name) => base.weights(name),
};
const images = [1, 2, 3, 4].map((i) => patternImage("dots", 75, i));

Deno.test("a backend of f32 loads tfjs from where it is told", async () => {
  const options = { backend: "wasm", precision: "f32" } as const;
  const backends = () => listBackends(options, tfjs);
  await assert.rejects(loadWith(backends, base, options), refused);
});

Deno.test("convert() loads tfjs from where it is told", async () => {
  const options = { variant: 75, tfjs } as const;
  await assert.rejects(convert(f32, images, options), refused);
});

Deno.test("adapt() loads tfjs from where it is told", async () => {
  const photos = images.map((image) => ({ image }));
  const options = { variant: "low79", tfjs } as const;
  await assert.rejects(adapt(f32, photos, options), refused);
});

Deno.test("trainNetwork() loads tfjs from where it is told, for each backend", async () => {
  const labelled = images.map(({ data }, i) => ({
    pixels: data,
    classIndex: i % 2,
  }));
  for (const backend of ["wasm", "webgpu", "cpu"] as const) {
    const options = { labels: ["a", "b"], variant: 75, auxiliary: false };
    await assert.rejects(
      trainNetwork(labelled, { ...options, backend, tfjs }),
      refused,
    );
  }
});
