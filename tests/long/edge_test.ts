/**
 * The resources that the edge examples use with real weights, against the limits of
 * their platforms. Linux reports them; docs/edge.md has the figures that this prints.
 */
import assert from "node:assert/strict";
import { build } from "../../examples/cloudflare-worker/build.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import type { Classification } from "../../src/int8.ts";
import { writeNetwork } from "../../src/weights/mod.ts";
import { ask, openModel } from "../examples/answers.ts";
import {
  serveModel,
  startDeploy,
  startSupabase,
} from "../examples/edge_servers.ts";
import { copyExample } from "../examples/example_folder.ts";
import { blankPng } from "../examples/blank_png.ts";
import { blankAvif, noisyAvif } from "../image/avif/encode_avif.ts";
import { makePng } from "../image/png/make_png.ts";
import { blankWebp } from "../image/webp/blank_webp.ts";
import { resourcesOf } from "../examples/resources.ts";
import {
  findWorkerd,
  type RunningServer,
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

/** A photo with Deno's answer. */
interface AnsweredPhoto {
  readonly name: string;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly classes: readonly Classification[];
}

const photos = nsfw.then(answerPhotos);

/** The largest image of a kind that an example accepts, and one that it refuses. */
interface Large {
  readonly largest: Uint8Array<ArrayBuffer>;
  readonly tooLarge: Uint8Array<ArrayBuffer>;
}

/** For Deno Deploy and Supabase. */
const large = Promise.all([
  largePng(48_000_000),
  largeWebp(48_000_000),
  largeAvif(48_000_000, blankAvif, 24),
  // A byte of the file counts as 40, and noise has 2 bytes per pixel.
  largeAvif(48_000_000, noisyAvif, 106),
]);

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
    const images = [largePng(40_000_000), largeWebp(40_000_000)];
    const largest = await classifyLargest(worker, images);
    tell("workerd alone", alone.peak);
    tell("with the model and 24 photos", peak);
    tell("and the largest PNGs and WebPs that it takes", largest);
    assert.ok(largest - alone.peak < 128 * MEGABYTE);
  },
});

Deno.test({
  name:
    "Deno Deploy's example stays under 256 MB, also with the largest images",
  ignore,
  async fn() {
    const model = await nsfw;
    await photos;
    const begin = performance.now();
    await using server = await startDeploy(model);
    const { peak } = await classifyPhotos(server, begin);
    const largest = await classifyLargest(server, await large);
    tell("with the model and 24 photos", peak);
    tell("and the largest PNGs, WebPs and AVIFs that it takes", largest);
    assert.ok(largest < 256 * MEBIBYTE);
  },
});

Deno.test({
  name:
    "Supabase's example stays under 256 MB, and has its first answer in 2 s of a processor",
  ignore,
  async fn() {
    await using storage = serveModel(await nsfw);
    await photos;
    const begin = performance.now();
    await using server = await startSupabase(storage.address);
    const { peak, cpu } = await classifyPhotos(server, begin);
    const largest = await classifyLargest(server, await large);
    tell("with the model and 24 photos", peak);
    tell("and the largest PNGs, WebPs and AVIFs that it takes", largest);
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
 * Has the server classify 24 photos.
 *
 * @returns The peak memory in bytes, and the processor time until the first answer in
 * s.
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
  for (let i = 0; i < 24; i++) {
    const { name, image, classes } = all[i % all.length]!;
    const response = await ask(address, image);
    assert.deepEqual(await response.json(), { classes }, name);
  }
  return { peak: (await resourcesOf(pid)).peak, cpu };
}

/** The side of a square whose pixels use the memory left after `fixedBytes`. */
function sideOf(bytes: number, fixedBytes: number, bytesPerPixel: number) {
  return Math.floor(Math.sqrt((bytes - fixedBytes) / bytesPerPixel));
}

function largePng(maxMemory: number): Large {
  const side = sideOf(maxMemory, 500_000, 4); // And some rows.
  const [width, height] = [side + 100, side];
  const header = { color: 6, depth: 8, interlaced: true } as const;
  // Its header suffices to refuse it.
  const tooLarge = makePng({
    ...header,
    width,
    height,
    data: new Uint8Array(),
  });
  return { largest: blankPng(side), tooLarge };
}

function largeWebp(maxMemory: number): Large {
  const side = sideOf(maxMemory, 500_000, 12);
  return {
    largest: blankWebp(side, side),
    tooLarge: blankWebp(side + 100, side),
  };
}

async function largeAvif(
  maxMemory: number,
  make: (side: number) => Promise<Uint8Array<ArrayBuffer>>,
  bytesPerPixel: number,
): Promise<Large> {
  const side = sideOf(maxMemory, 17_000_000, bytesPerPixel);
  const largest = await make(side);
  const tooLarge = largest.slice();
  const view = new DataView(tooLarge.buffer);
  const ISPE = 0x69737065; // The box with the size: its name, a version, and the size.
  for (let at = 0; at < 1000 && at + 12 < tooLarge.length; at++) {
    if (view.getUint32(at) === ISPE) view.setUint32(at + 8, side * 2);
  }
  return { largest, tooLarge };
}

/**
 * Has the server classify the largest images of all kinds, first one by one and then
 * together; returns the peak memory.
 */
async function classifyLargest(
  { address, pid }: RunningServer,
  images: readonly Large[],
): Promise<number> {
  for (const { largest, tooLarge } of images) {
    const refused = await ask(address, tooLarge);
    assert.equal((await refused.json()).code, "image-too-large");
    for (let i = 0; i < 3; i++) {
      const answer = await ask(address, largest);
      assert.equal(answer.status, 200, await answer.text());
    }
  }
  await Promise.all(Array.from({ length: 24 }, async (_, i) => {
    const answer = await ask(address, images[i % images.length]!.largest);
    await answer.body?.cancel();
    // The queue is limited, and a busy machine may miss deadlines.
    assert.ok([200, 408, 503, 504].includes(answer.status));
  }));
  return (await resourcesOf(pid)).peak;
}

function tell(what: string, bytes: number): void {
  console.log(`${what}: ${(bytes / MEGABYTE).toFixed(1)} MB`);
}
