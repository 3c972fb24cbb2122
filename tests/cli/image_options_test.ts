import assert from "node:assert/strict";
import { ImageTooLargeError } from "../../mod.ts";
import { messageOf } from "../../src/cli/file_error.ts";
import { IMAGE_OPTIONS, imageReading } from "../../src/cli/image_options.ts";
import { parseOptions } from "../../src/cli/options.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { fixture } from "../image/fixtures.ts";
import { run } from "./in_process.ts";
import { workFolder } from "./totem.ts";

const reading = (...args: string[]) =>
  imageReading(parseOptions(args, IMAGE_OPTIONS).values);

Deno.test("imageReading() says what readers are asked", () => {
  assert.deepEqual(reading(), { allowTruncated: false });
  assert.deepEqual(
    reading(
      "--max-pixels",
      "30000000",
      "--max-memory",
      "9",
      "--allow-truncated",
    ),
    { allowTruncated: true, maxPixels: 30e6, maxMemory: 9 },
  );
  for (const value of ["0", "1e6"]) {
    assert.throws(() => reading("--max-pixels", value), {
      name: "UsageError",
      message: new RegExp(`^Cannot use --max-pixels ${value}`),
    });
  }
});

Deno.test("messageOf() names the command's option", () => {
  const options = { maxPixels: "--max-pixels", maxMemory: "--max-memory" };
  for (const [option, ofCommand] of Object.entries(options)) {
    const error = new ImageTooLargeError(`shrink the image or raise ${option}`);
    assert.equal(messageOf(error), `shrink the image or raise ${ofCommand}`);
  }
  assert.equal(messageOf(new Error("raise maxPixels")), "raise maxPixels");
});

/** The commands that read photos, run on the photos of {@linkcode cutPhotos}. */
const COMMANDS: Readonly<
  Record<string, (work: Work) => readonly string[]>
> = {
  classify: ({ photo, int8 }) => [photo, ...int8],
  features: ({ photo, int8 }) => [photo, ...int8],
  explain: ({ photo, int8, out }) => [photo, "--out", `${out}.png`, ...int8],
  index: ({ photos, int8, out }) => [photos, "--out", out, ...int8],
  search: ({ photo, int8, out }) => [photo, "--index", out, ...int8],
  evaluate: ({ photos, int8 }) => [photos, ...int8],
  finetune: ({ photos, int8, out }) => [
    ...[
      photos,
      "--out",
      `${out}.own.safetensors`,
      "--augmentations",
      "1",
      "--epochs",
      "1",
    ],
    ...["--validation-split", "0", ...int8],
  ],
  convert: ({ photo, model, out }) => [
    ...[model, "--out", `${out}.int8.safetensors`, "--calibrate", photo],
    ...["--variant", "75"],
  ],
  adapt: ({ photos, model, out }) => [
    ...[model, "--out", `${out}.low.safetensors`, "--images", photos],
    ...["--variant", "75"],
  ],
};

Deno.test("every command that reads photos takes --max-pixels and --allow-truncated", async (t) => {
  await using work = await cutPhotos();
  for (const [command, argsOf] of Object.entries(COMMANDS)) {
    await t.step(command, async () => {
      const args = [command, ...argsOf(work)];
      // `search` needs an index; its contents don't matter.
      const large = await run([...args, "--max-pixels", "1000"]);
      assert.match(
        large.stderr,
        /JPEG of 45x37 pixels as these are 1665 and the limit is 1000: shrink the image or raise --max-pixels\n/,
      );
      const cut = await run(args);
      assert.match(cut.stderr, /truncated: its \d+ bytes have no end marker/);
      const kept = await run([
        ...[...args, "--max-pixels", "1665", "--allow-truncated"],
      ]);
      assert.equal(kept.code, 0, kept.stderr);
      assert.doesNotMatch(kept.stderr, /error|left out/);
    });
  }
});

Deno.test("totem evaluate takes them of 12 crops, too", async () => {
  await using work = await cutPhotos();
  const args = ["evaluate", work.photos, "--crops", "12", ...work.int8];
  const { stderr } = await run([...args, "--max-pixels", "1000"]);
  assert.match(stderr, /or raise --max-pixels\n/);
  assert.equal((await run([...args, "--allow-truncated"])).code, 0);
});

Deno.test("totem index runs what was kept of cut images again without --allow-truncated", async () => {
  await using work = await cutPhotos();
  await Deno.writeFile(`${work.photos}/whole.jpg`, fixture("color.jpg"));
  const index = (...args: string[]) =>
    run(["index", work.photos, "--out", work.out, ...work.int8, ...args]);
  assert.match(
    (await index()).stdout,
    /1 image, 1 computed; 0 removed, 2 failed/,
  );
  // Complete photos keep their answers.
  const keep = ["--allow-truncated"];
  assert.match(
    (await index(...keep)).stdout,
    /3 images, 2 computed; 0 removed/,
  );
  assert.match(
    (await index(...keep)).stdout,
    /3 images, 0 computed; 0 removed/,
  );
  assert.match(
    (await index()).stdout,
    /1 image, 0 computed; 0 removed, 2 failed/,
  );
  // Nobody knows of an image that was read so whether it is whole.
  await Deno.writeFile(`${work.photos}/other.jpg`, fixture("color.jpg"));
  assert.match((await index(...keep)).stdout, /4 images, 3 computed/);
  assert.match(
    (await index()).stdout,
    /2 images, 1 computed; 0 removed, 2 failed/,
  );
});

Deno.test("totem evaluate and features --resume mix no parts of images with whole ones", async () => {
  await using work = await cutPhotos();
  for (
    const [command, ...args] of [
      ["evaluate", work.photos, "--resume", `${work.out}.jsonl`],
      ["features", work.photo, "--npy", "--resume", `${work.out}.npy`],
    ]
  ) {
    const all = [command!, ...args, ...work.int8];
    assert.equal((await run([...all, "--allow-truncated"])).code, 0);
    const { code, stderr } = await run(all);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /begun with other (allowTruncated|images): .*true.*now /,
    );
  }
});

type Work = Awaited<ReturnType<typeof cutPhotos>>;

/** Two JPEGs of two classes without their last bytes, and models. */
async function cutPhotos() {
  const folder = await workFolder();
  const file = await fileOf(await narrowNetwork());
  const photos = `${folder.path}/photos`;
  for (const name of ["class 0", "class 1"]) {
    await Deno.mkdir(`${photos}/${name}`, { recursive: true });
    const bytes = fixture("color.jpg").subarray(0, -40);
    await Deno.writeFile(`${photos}/${name}/cut.jpg`, bytes);
  }
  return {
    photos,
    photo: `${photos}/class 0/cut.jpg`,
    out: `${folder.path}/out.safetensors`,
    model: `${folder.path}/model`,
    int8: ["--model", file.path, "--variant", "75", "--threads", "1"],
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}
