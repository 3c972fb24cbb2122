import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run } from "./in_process.ts";
import { onFolderRead } from "./on_folder_read.ts";
import { parseNpy } from "./parse_npy.ts";
import { testInDeno, testOnce as test } from "./program.ts";
import { int8Folder, PHOTOS, totem, workFolder } from "./totem.ts";

Deno.test("totem features gives JSON, and the same numbers as .npy", async () => {
  await using folder = await int8Folder();
  const broken = `${folder.path}/broken.jpg`;
  await Deno.writeTextFile(broken, "no");
  const args = [
    ...folder.model,
    `${PHOTOS}/drum.jpg`,
    broken,
    `${PHOTOS}/fig.jpg`,
  ];
  const json = await run(["features", ...args]);
  assert.equal(json.code, 1);
  const lines = json.stdout.trimEnd().split("\n").map((it) => JSON.parse(it));
  assert.deepEqual(lines.map(({ file }) => file), args.slice(-3));
  assert.equal(
    json.stderr.split("\n")[0],
    `error ${broken}: ${lines[1].error}`,
  );
  const rows: number[][] = [lines[0].features, lines[2].features];

  const npy = await totem(["features", "--npy", ...args]);
  assert.equal(npy.code, 1);
  assert.match(npy.stderr, /broken\.jpg/);
  const { shape, values } = parseNpy(npy.stdoutBytes);
  const width = rows[0]!.length;
  assert.deepEqual(shape, [3, width]);
  assert.deepEqual([...values.subarray(0, width)], rows[0]);
  assert.ok(values.subarray(width, 2 * width).every(Number.isNaN));
  assert.deepEqual([...values.subarray(2 * width)], rows[1]);
});

test("totem features --frames gives the mean of an animation's frames, in each form", async () => {
  await using folder = await int8Folder();
  const file = fileURLToPath(
    import.meta.resolve("../data/images/animations/disposals.gif"),
  );
  const features = async (...options: readonly string[]) => {
    const made = await run(["features", ...options, ...folder.model, file]);
    assert.equal(made.code, 0, made.stderr);
    return made;
  };
  const valuesOf = async (...options: readonly string[]): Promise<number[]> =>
    JSON.parse((await features(...options)).stdout).features;
  const mean = await valuesOf("--frames", "3");
  const first = await valuesOf();
  assert.deepEqual(await valuesOf("--frames", "1"), first);
  assert.notDeepEqual(mean, first);
  const { stdoutBytes } = await features("--npy", "--frames", "3");
  assert.deepEqual([...parseNpy(stdoutBytes).values], mean);
  const out = `${folder.path}/f.npy`;
  const resumed = ["--npy", "--resume", out];
  await features(...resumed, "--frames", "3");
  assert.deepEqual([...parseNpy(await Deno.readFile(out)).values], mean);
  // Its rows have another number of frames.
  const other = await run(["features", ...resumed, ...folder.model, file]);
  assert.equal(other.code, 1);
  assert.match(other.stderr, /Cannot resume .*f\.npy/);
});

Deno.test("totem features --npy --resume goes on from what is there, and fails as a whole run does", async () => {
  await using folder = await int8Folder();
  const broken = `${folder.path}/broken.jpg`;
  await Deno.writeTextFile(broken, "no");
  const images = [`${PHOTOS}/drum.jpg`, broken, `${PHOTOS}/fig.jpg`];
  const out = `${folder.path}/f.npy`;
  const args = ["features", "--npy", "--resume", out, ...folder.model];
  const first = await run([...args, ...images.slice(0, 2)]);
  assert.equal(first.code, 1);
  assert.equal(first.stdout, "");
  const { shape } = parseNpy(await Deno.readFile(out));
  assert.equal(shape[0], 2);

  const second = await run([...args, ...images]);
  assert.equal(second.code, 1);
  assert.match(
    second.stderr,
    /error .*broken\.jpg: .*\n2 done, 1 failed\n.*f\.npy: 3 rows, 1 computed\n$/,
  );
  const whole = await run(["features", "--npy", ...folder.model, ...images]);
  assert.deepEqual(await Deno.readFile(out), whole.stdoutBytes);
  const lines = (await Deno.readTextFile(`${out}.rows.jsonl`)).split("\n")
    .slice(1, -1).map((it) => JSON.parse(it));
  assert.deepEqual(lines.map(({ file }) => file), images);

  // Everything is done already: nothing changes.
  assert.equal((await run([...args, ...images])).code, 1);
  assert.deepEqual(await Deno.readFile(out), whole.stdoutBytes);
  const usage = await run(["features", "--resume", out, ...images]);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /--resume FILE without --npy/);
});

test("totem features --npy --resume mixes no features of other pooling", async () => {
  await using folder = await workFolder();
  const file = `${folder.path}/features.npy`;
  const features = (pooling: string) =>
    run(
      ["features", "--npy", "--resume", file, "--pooling", pooling]
        .concat(folder.model, `${PHOTOS}/drum.jpg`),
    );
  assert.equal((await features("mean")).code, 0);
  const { code, stderr } = await features("max");
  assert.equal(code, 1);
  assert.match(stderr, /begun with other features: \["mean,.*"\], now \["max,/);
});

test("totem features --npy --resume runs photos again that were changed since", async () => {
  await using folder = await int8Folder();
  const photos = ["a", "b", "c"].map((it) => `${folder.path}/${it}.jpg`);
  for (const photo of photos) {
    await Deno.copyFile(`${PHOTOS}/drum.jpg`, photo);
  }
  const out = `${folder.path}/f.npy`;
  const features = () =>
    run(["features", "--npy", "--resume", out, ...folder.model, ...photos]);
  const rows = async () => {
    const { shape: [, width], values } = parseNpy(await Deno.readFile(out));
    return photos.map((
      _,
      i,
    ) => [...values.slice(i * width!, (i + 1) * width!)]);
  };
  assert.match((await features()).stderr, /f\.npy: 3 rows, 3 computed\n$/);
  const [a, b] = await rows();
  assert.deepEqual(a, b);
  assert.match((await features()).stderr, /f\.npy: 3 rows, 0 computed\n$/);

  await Deno.copyFile(`${PHOTOS}/fig.jpg`, photos[1]!);
  const { code, stderr } = await features();
  assert.equal(code, 0);
  assert.match(
    stderr,
    /f\.npy: rows from 2 on are run again, as .*b\.jpg was changed since.*\n.*f\.npy: 3 rows, 2 computed\n$/,
  );
  const now = await rows();
  assert.deepEqual(now[0], a);
  assert.notDeepEqual(now[1], a);
  assert.deepEqual(now[2], a);
});

testInDeno(
  "totem features --npy tells when images come or go while it counts them",
  async () => {
    await using folder = await int8Folder();
    const photos = `${folder.path}/photos`;
    const args = ["features", "--npy", ...folder.model, photos];
    const changes = [
      () => Deno.writeTextFileSync(`${photos}/c.jpg`, "no"),
      () => Deno.removeSync(`${photos}/b.jpg`),
    ];
    for (const change of changes) {
      await Deno.mkdir(photos);
      for (const name of ["a", "b"]) {
        await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/${name}.jpg`);
      }
      // The first read finds the images, the second one counts them.
      using _ = onFolderRead((path, time) => {
        if (path === photos && time === 2) change();
      });
      const { code, stderr } = await run(args);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^error Cannot go on as images were added or removed since they were counted, .*: run again$/m,
      );
      await Deno.remove(photos, { recursive: true });
    }
  },
);

testInDeno(
  "totem features --resume tells when images come or go while it compares them",
  async () => {
    await using folder = await int8Folder();
    const photos = `${folder.path}/photos`;
    const away = `${folder.path}/away.jpg`;
    await Deno.mkdir(photos);
    for (const name of ["a", "c"]) {
      await Deno.copyFile(`${PHOTOS}/drum.jpg`, `${photos}/${name}.jpg`);
    }
    const out = `${folder.path}/f.npy`;
    const args = ["features", "--npy", "--resume", out, ...folder.model];
    assert.equal((await run([...args, photos])).code, 0);
    const before = await Deno.readFile(out);
    const expectRefused = async (change: () => void) => {
      // The first read finds the images, the second one compares them with the rows.
      using _ = onFolderRead((path, time) => {
        if (path === photos && time === 2) change();
      });
      const { code, stderr } = await run([...args, photos]);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /error Cannot go on with .*f\.npy as images were added or removed while they were compared with its rows: run again\n$/,
      );
      assert.deepEqual(await Deno.readFile(out), before);
    };
    // An image without a row was there at first.
    await Deno.writeTextFile(`${photos}/b.jpg`, "no");
    await expectRefused(() => Deno.removeSync(`${photos}/b.jpg`));
    // An image with a row wasn't there at first.
    await Deno.rename(`${photos}/c.jpg`, away);
    await expectRefused(() => Deno.renameSync(away, `${photos}/c.jpg`));
    assert.equal((await run([...args, photos])).code, 0);
    assert.deepEqual(await Deno.readFile(out), before);
  },
);
