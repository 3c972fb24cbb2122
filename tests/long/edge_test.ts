/**
 * What the examples for the edge take with real weights, against the limits of where
 * they run. Linux tells; the figures of the README are those that are printed here.
 */
import assert from "node:assert/strict";
import { build } from "../../examples/cloudflare-worker/build.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import type { Classification } from "../../src/int8.ts";
import { writeNetwork } from "../../src/weights/mod.ts";
import { ask, openModel } from "../examples/answers.ts";
import { copyExample } from "../examples/example_folder.ts";
import { blankPng } from "../examples/blank_png.ts";
import { blankWebp } from "../image/webp/blank_webp.ts";
import { resourcesOf } from "../examples/resources.ts";
import {
  findWorkerd,
  type RunningServer,
  startDeno,
  startWorkerd,
} from "../examples/running_server.ts";

const MEGABYTE = 1e6;
const MEBIBYTE = 2 ** 20;
const PHOTOS = new URL("../../examples/photos/", import.meta.url);

const ignore = Deno.build.os !== "linux";
const workerd = ignore ? null : await findWorkerd();

/** A Totem file of real weights. */
const nsfw = loadQuantized("nsfw").then((network) =>
  new Response(writeNetwork(network).stream).bytes()
);

/** A photo, and what Deno answers here. */
interface AnsweredPhoto {
  readonly name: string;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly classes: readonly Classification[];
}

const photos = nsfw.then(answerPhotos);

Deno.test({
  name: "a Cloudflare Worker stays under 128 MB, also with the largest images",
  ignore: workerd === null,
  async fn() {
    await using folder = await copyExample("cloudflare-worker", "config.capnp");
    await build(`${folder.path}/dist`);
    const model = await nsfw;
    await Deno.mkdir(`${folder.path}/dist/assets`);
    await Deno.writeFile(`${folder.path}/dist/assets/model.safetensors`, model);
    await photos;
    const begin = performance.now();
    await using worker = await startWorkerd(workerd!, folder.path);
    const alone = await resourcesOf(worker.pid);
    const { peak } = await classifyPhotos(worker, begin);
    const largest = await classifyLargest(worker, 40_000_000);
    tell("workerd alone", alone.peak);
    tell("with the model and 50 photos", peak);
    tell("and the largest PNGs and WebPs that it takes", largest);
    assert.ok(largest - alone.peak < 128 * MEGABYTE);
  },
});

Deno.test({
  name:
    "Deno Deploy's example stays under 256 MB, also with the largest images",
  ignore,
  async fn() {
    await using folder = await copyExample("deno-deploy", "main.ts");
    const model = await nsfw;
    await Deno.writeFile(`${folder.path}/model.safetensors`, model);
    await photos;
    const begin = performance.now();
    await using server = await startDeno(folder.path, [
      "serve",
      "--host=127.0.0.1",
      "--port=0",
      "--allow-read",
      "main.ts",
    ]);
    const { peak } = await classifyPhotos(server, begin);
    const largest = await classifyLargest(server, 48_000_000);
    tell("with the model and 50 photos", peak);
    tell("and the largest PNGs and WebPs that it takes", largest);
    assert.ok(largest < 256 * MEBIBYTE);
  },
});

Deno.test({
  name:
    "Supabase's example stays under 256 MB, and has its first answer in 2 s of a processor",
  ignore,
  async fn() {
    await using folder = await copyExample(
      "supabase",
      "functions/classify/index.ts",
    );
    const model = await nsfw;
    await using storage = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response(model),
    );
    await photos;
    const begin = performance.now();
    await using server = await startDeno(folder.path, [
      "run",
      "--allow-read",
      "--allow-env=MODEL_URL",
      "--allow-net=127.0.0.1",
      "functions/classify/index.ts",
    ], {
      MODEL_URL: `http://127.0.0.1:${storage.addr.port}/model.safetensors`,
    });
    const { peak, cpu } = await classifyPhotos(server, begin);
    const largest = await classifyLargest(server, 48_000_000);
    tell("with the model and 50 photos", peak);
    tell("and the largest PNGs and WebPs that it takes", largest);
    assert.ok(largest < 256 * MEBIBYTE);
    assert.ok(cpu < 2, `${cpu} s`);
  },
});

async function answerPhotos(
  model: Uint8Array<ArrayBuffer>,
): Promise<readonly AnsweredPhoto[]> {
  using classifier = await openModel(model);
  const answered: AnsweredPhoto[] = [];
  for await (const { name } of Deno.readDir(PHOTOS)) {
    const image = await Deno.readFile(new URL(name, PHOTOS));
    answered.push({ name, image, classes: await classifier.classify(image) });
  }
  return answered;
}

/**
 * Has 50 photos classified.
 *
 * @returns The most memory, in bytes, and the time on a processor until the first
 * answer, in s.
 */
async function classifyPhotos(
  { address, pid }: RunningServer,
  begin: number,
): Promise<{ readonly peak: number; readonly cpu: number }> {
  const all = await photos;
  const first = await ask(address, all[0]!.image);
  assert.equal(first.status, 200, await first.text());
  const elapsed = performance.now() - begin;
  const { cpu } = await resourcesOf(pid);
  console.log(
    `first answer after ${elapsed.toFixed(0)} ms, ${cpu} s of a processor`,
  );
  for (let i = 0; i < 50; i++) {
    const { name, image, classes } = all[i % all.length]!;
    const response = await ask(address, image);
    assert.deepEqual(await response.json(), { classes }, name);
  }
  return { peak: (await resourcesOf(pid)).peak, cpu };
}

/**
 * Has the largest images classified that `maxMemory` lets through, one after the other
 * and then together; gives the most memory.
 */
async function classifyLargest(
  { address, pid }: RunningServer,
  maxMemory: number,
): Promise<number> {
  const images = [
    [blankPng, 4],
    [(side: number) => blankWebp(side, side), 12],
  ] as const;
  for (const [image, bytesPerPixel] of images) {
    // Besides its pixels a PNG takes some rows.
    const side = Math.floor(Math.sqrt((maxMemory - 500_000) / bytesPerPixel));
    const larger = await ask(address, image(side + 100));
    assert.equal((await larger.json()).code, "image-too-large");
    const largest = image(side);
    for (let i = 0; i < 6; i++) {
      const answer = await ask(address, largest);
      assert.equal(answer.status, 200, await answer.text());
    }
    await Promise.all(Array.from({ length: 24 }, async () => {
      const answer = await ask(address, largest);
      await answer.body?.cancel();
      assert.ok([200, 503].includes(answer.status)); // The queue ends somewhere.
    }));
  }
  return (await resourcesOf(pid)).peak;
}

function tell(what: string, bytes: number): void {
  console.log(`${what}: ${(bytes / MEGABYTE).toFixed(1)} MB`);
}
