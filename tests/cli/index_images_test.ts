import assert from "node:assert/strict";
import { index } from "../../src/cli/index_images.ts";
import { readIndex, writeIndex } from "../../src/search/mod.ts";
import { namesIn } from "../weights/store/temporary_folder.ts";
import { encodePng } from "../../src/image/encode_png.ts";
import { run, unseen } from "./in_process.ts";
import { photoFolder } from "./indexed_folder.ts";
import { onFolderRead } from "./on_folder_read.ts";
import { programWith, testInDeno, testOnce as test } from "./program.ts";
import { PHOTOS } from "./totem.ts";
import { unreadable } from "./unreadable.ts";

Deno.test("totem index runs only what is new or changed, and drops what is gone", async () => {
  await using work = await photoFolder();
  const first = await work.index();
  assert.equal(first.stderr, "");
  assert.equal(first.code, 0);
  assert.match(
    first.stdout,
    /index\.safetensors: 3 images, 3 computed; 0 removed, 0 failed\n$/,
  );
  assert.deepEqual(await namesOf(work.out), [
    "drum.jpg",
    "fig.jpg",
    "land/alp.jpg",
  ]);
  const { codes } = await read(work.out);

  const { mtime } = await Deno.stat(work.out);
  assert.match((await work.index()).stdout, /3 images, 0 computed; 0 removed/);
  assert.deepEqual((await Deno.stat(work.out)).mtime, mtime);

  await Deno.copyFile(`${PHOTOS}/clock.jpg`, `${work.photos}/fig.jpg`);
  await Deno.copyFile(`${PHOTOS}/fig.jpg`, `${work.photos}/new.jpg`);
  await Deno.remove(`${work.photos}/drum.jpg`);
  assert.match(
    (await work.index("--keep")).stdout,
    /4 images, 2 computed; 0 removed/,
  );
  assert.match((await work.index()).stdout, /3 images, 0 computed; 1 removed/);
  assert.deepEqual(await namesOf(work.out), [
    "land/alp.jpg",
    "fig.jpg",
    "new.jpg",
  ]);

  // The same photos have the same codes.
  await Deno.remove(work.out);
  for (const name of ["drum", "fig"]) {
    await Deno.copyFile(
      `${PHOTOS}/${name}.jpg`,
      `${work.photos}/${name}.jpg`,
    );
  }
  await Deno.remove(`${work.photos}/new.jpg`);
  await work.index();
  assert.deepEqual((await read(work.out)).codes, codes);
  assert.deepEqual(await namesIn(work.path), ["index.safetensors", "photos"]);
});

testInDeno(
  "totem index saves what is done when there is no memory for more, and says so",
  async () => {
    await using work = await photoFolder();
    await work.index();
    const index = await read(work.out);
    // An index's memory can't grow beyond its first page.
    using _ = memoriesGrow((memory) => memory.buffer.byteLength > 2 ** 16);
    const features = new Float32Array(index.featureCount).fill(1);
    const add = (name: string) => index.add({ name, version: "" }, features);
    assert.throws(() => {
      for (;;) add(`${index.size}`);
    }, { name: "MemoryLimitError" });
    const most = index.size;
    index.retain(({ name }) => name !== "drum.jpg" && name !== "fig.jpg");
    add("last");
    assert.equal(index.size, most - 1);
    await Deno.writeFile(work.out, writeIndex(index).stream);

    // There is room for one of the two missing images.
    const full = await work.index("--keep");
    assert.equal(full.code, 1);
    assert.match(
      full.stdout,
      new RegExp(`: ${most} images, 1 computed; 0 removed, 0 failed\n$`),
    );
    assert.match(
      full.stderr,
      new RegExp(
        `^error Cannot hold ${
          most + 1
        } images in one index as there is no WebAssembly memory of \\d+ bytes: make several indexes, .* --shard-size N, `,
      ),
    );
    assert.equal((await read(work.out)).size, most);
    const again = await work.index("--keep");
    assert.equal(again.code, 1);
    assert.match(again.stdout, new RegExp(`${most} images, 0 computed`));
  },
);

testInDeno(
  "totem index and totem search name an index that has more images than one holds",
  async () => {
    await using work = await photoFolder();
    await work.index();
    const index = await read(work.out);
    const features = new Float32Array(index.featureCount).fill(1);
    for (let i = 0; i < 2 ** 16 / index.featureCount; i++) {
      index.add({ name: `${i}`, version: "" }, features);
    }
    await Deno.writeFile(work.out, writeIndex(index).stream);
    using _ = memoriesGrow(() => false);
    for (const command of [work.index, () => work.search("photos/fig.jpg")]) {
      const { code, stderr } = await command();
      assert.equal(code, 1);
      assert.ok(
        stderr.startsWith(
          `error Cannot read ${work.out}: Cannot hold ${index.size} images in one index as there is no WebAssembly memory of `,
        ),
        stderr,
      );
    }
  },
);

test("totem index names a broken image, goes on, and tries it again", async () => {
  await using work = await photoFolder();
  await Deno.writeTextFile(`${work.photos}/broken.jpg`, "no photo");
  await Deno.symlink("nowhere", `${work.photos}/dangling.jpg`);
  const broken = await work.index();
  assert.equal(broken.code, 1);
  assert.match(
    broken.stderr,
    /^error .*photos\/broken\.jpg: .*\nskipped 1 file: 1 broken link or pipe\n$/,
  );
  assert.match(broken.stdout, /3 images, 3 computed; 0 removed, 1 failed/);
  await Deno.copyFile(`${PHOTOS}/clock.jpg`, `${work.photos}/broken.jpg`);
  assert.match((await work.index()).stdout, /4 images, 1 computed/);
});

test("totem index of images that all fail writes nothing, and leaves an index as it was", async () => {
  await using work = await photoFolder();
  assert.equal((await work.index()).code, 0);
  const before = await Deno.readFile(work.out);
  for (const name of ["drum.jpg", "fig.jpg", "land/alp.jpg"]) {
    await Deno.writeTextFile(`${work.photos}/${name}`, "no photo");
  }
  const stays = await work.index();
  assert.equal(stays.code, 1);
  assert.match(
    stays.stdout,
    /^nothing was indexed, 3 failed: .*index\.safetensors stays as it was\n$/,
  );
  assert.deepEqual(await Deno.readFile(work.out), before);

  await Deno.remove(work.out);
  const none = await work.index();
  assert.equal(none.code, 1);
  assert.match(
    none.stdout,
    /^nothing was indexed, 3 failed: .*index\.safetensors is not written\n$/,
  );
  assert.deepEqual(await namesIn(work.path), ["photos"]);
});

testInDeno(
  "totem index goes on after a folder that can't be read, and keeps its images",
  async () => {
    await using work = await photoFolder();
    const args = ["index", work.photos, "--out", work.out, ...work.model];
    assert.equal((await run(args)).code, 0);
    await Deno.remove(`${work.photos}/fig.jpg`);
    using _ = unreadable(`${work.photos}/land`);
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `error ${work.photos}/land: its permissions don't allow it\n`,
    );
    assert.match(stdout, /2 images, 0 computed; 1 removed, 1 failed/);
    assert.deepEqual(await namesOf(work.out), ["drum.jpg", "land/alp.jpg"]);
  },
);

testInDeno(
  "totem index takes what comes or goes between its walks through the folder",
  async () => {
    await using work = await photoFolder();
    const args = ["index", work.photos, "--out", work.out, ...work.model];
    await Deno.mkdir(`${work.photos}/more`);
    {
      // The first read counts the images, the second one finds those to run.
      using _ = onFolderRead((path, time) => {
        if (path !== work.photos || time !== 2) return;
        Deno.renameSync(`${path}/fig.jpg`, `${path}/more/pear.jpg`);
      });
      const { code, stdout } = await run(args);
      assert.equal(code, 0);
      assert.match(stdout, /3 images, 3 computed; 0 removed, 0 failed/);
      assert.deepEqual(await namesOf(work.out), [
        ...["drum.jpg", "land/alp.jpg", "more/pear.jpg"],
      ]);
    }
    // An image that changes in between keeps its old row and version until the next
    // run.
    await Deno.writeTextFile(`${work.photos}/new.jpg`, "no photo");
    const drum = `${work.photos}/drum.jpg`;
    {
      using _ = onFolderRead((path, time) => {
        if (path !== work.photos || time !== 2) return;
        Deno.copyFileSync(`${PHOTOS}/clock.jpg`, drum);
        Deno.copyFileSync(`${PHOTOS}/clock.jpg`, `${work.photos}/new.jpg`);
      });
      assert.match((await run(args)).stdout, /4 images, 1 computed; 0 removed/);
    }
    assert.match((await run(args)).stdout, /4 images, 1 computed; 0 removed/);
  },
);

testInDeno(
  "totem index tells of a folder that can't be read any more when it is its turn",
  async () => {
    await using work = await photoFolder();
    const args = ["index", work.photos, "--out", work.out, ...work.model];
    const land = `${work.photos}/land`;
    using _ = onFolderRead((path, time) => {
      if (path === land && time === 2) Deno.renameSync(land, `${land}-old`);
    });
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `error ${land}: there is no such file or folder\n`,
    );
    assert.match(stdout, /2 images, 2 computed; 0 removed, 1 failed/);
  },
);

Deno.test("totem index takes a folder by another path to it for the same", async () => {
  await using work = await photoFolder();
  await work.index();
  await Deno.symlink(work.photos, `${work.path}/Photos`);
  const args = [`${work.path}/Photos`, "--out", work.out, ...work.model];
  const { code, stdout } = await run(["index", ...args]);
  assert.equal(code, 0);
  assert.match(stdout, /3 images, 0 computed; 0 removed/);
});

test("totem index refuses another model, another folder and other files, and leaves them", async () => {
  await using work = await photoFolder();
  await work.index();
  const before = await Deno.readFile(work.out);
  const variant = await work.index("--variant", "107");
  assert.match(
    variant.stderr,
    /^error Cannot use this model with the index as it was made with ".*" at 75 pixels: this one has 107 pixels\. Give the same --model, --variant, .* as when it was indexed\n$/,
  );
  await Deno.rename(work.photos, `${work.path}/others`);
  await Deno.mkdir(work.photos);
  await Deno.writeTextFile(`${work.photos}/a.psd`, "");
  const empty = await work.index();
  assert.match(
    empty.stderr,
    /no image in this folder; skipped 1 file: 1 \.psd\n$/,
  );
  const file = `${work.path}/others/fig.jpg`;
  const args = ["--out", work.out, ...work.model];
  await assert.rejects(index.run([file, ...args], unseen()), {
    name: "FileError",
    message: /Cannot index .*fig\.jpg: not a folder/,
  });
  await assert.rejects(index.run([`${work.path}/others`, ...args], unseen()), {
    name: "ArgumentError",
    message: /as it is an index of photos: choose another --out/,
  });
  assert.deepEqual(await Deno.readFile(work.out), before);

  const model = await Deno.readFile(work.model[1]!);
  await Deno.writeFile(work.out, model);
  await Deno.rename(`${work.path}/others/fig.jpg`, `${work.photos}/fig.jpg`);
  const network = await work.index();
  assert.match(network.stderr, /as it is a model: totem index makes/);
  assert.deepEqual(await Deno.readFile(work.out), model);
});

Deno.test({
  name: "totem index keeps what was done when it is interrupted, and goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using work = await photoFolder();
    // The first is told of when its turn comes; then there is a lot to do.
    await Deno.writeTextFile(`${work.photos}/a.jpg`, "no photo");
    const size = 3000;
    const large = await encodePng({
      data: new Uint8Array(4 * size ** 2).fill(255),
      width: size,
      height: size,
    });
    for (let i = 0; i < 40; i++) {
      await Deno.writeFile(`${work.photos}/zzz${i}.png`, large);
    }
    const [program, ...before] = programWith(work.permissions);
    const process = new Deno.Command(program!, {
      args: [...before, "index", work.photos, "--out", work.out, ...work.model],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let told = "";
    for await (
      const text of process.stderr.pipeThrough(new TextDecoderStream())
    ) {
      if (told === "") process.kill("SIGINT");
      told += text;
    }
    assert.match(
      told,
      /^error .*a\.jpg.*\nCtrl-C: saving what is done, then stopping\ninterrupted: the same command goes on/,
    );
    assert.equal((await process.status).code, 130);
    await process.stdout.cancel();
    // It may have been interrupted before the first image was done.
    const isWritten = (await namesIn(work.path)).length > 1;
    const done = isWritten ? (await namesOf(work.out)).length : 0;
    assert.ok(done < 43, `${done}`);

    for (let i = 0; i < 40; i++) {
      await Deno.remove(`${work.photos}/zzz${i}.png`);
    }
    await Deno.remove(`${work.photos}/a.jpg`);
    assert.match((await work.index()).stdout, /3 images, [0-3] computed/);
  },
});

Deno.test("totem index tells wrong usage before anything is read", async () => {
  const cases: [args: string[], message: RegExp][] = [
    [["photos"], /without --out FILE/],
    [["--out", "x"], /without a FOLDER/],
    [["a", "b", "--out", "x"], /a and b: give one FOLDER/],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(index.run(args, unseen()), {
      name: "UsageError",
      message,
    });
  }
});

testInDeno(
  "totem index says before it begins that it can't write",
  async () => {
    await using work = await photoFolder();
    const denied = await work.indexApart(
      "--out",
      "/x/y.safetensors",
      "--model",
      "/absent",
    );
    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /run again with --allow-write=\/x$/m);
  },
);

/** Makes WebAssembly memories grow only if `mayGrow` allows it, until disposed. */
function memoriesGrow(
  mayGrow: (memory: WebAssembly.Memory) => boolean,
): Disposable {
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (pages) {
    if (mayGrow(this)) return grow.call(this, pages);
    throw new RangeError("failed to grow memory");
  };
  return { [Symbol.dispose]: () => void (prototype.grow = grow) };
}

async function namesOf(path: string): Promise<string[]> {
  return (await read(path)).images.map(({ name }) => name);
}

async function read(path: string) {
  return await readIndex((await Deno.open(path)).readable);
}
