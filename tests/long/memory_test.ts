/**
 * Classifying images leaks no memory: tested in the real network at its smallest size,
 * by the memory of separate processes; and in commands, by their heap. Needs
 * `--v8-flags=--expose-gc`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Taken } from "../../bench/start/at_end.ts";
import { main } from "../../src/cli.ts";
import { loadQuantized } from "../../src/weights/mod.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { testStreams } from "../cli/in_process.ts";
import { CONFIG } from "../cli/program.ts";
import { PHOTOS, totem } from "../cli/totem.ts";
import { outputOf } from "../output_of.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

const PROGRAM = fileURLToPath(new URL("memory_of_images.ts", import.meta.url));

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A preload that reports a process's resources, on Linux only. */
const AT_END = pathOf("../../bench/start/at_end.ts");

/** The file of nsfw in int8, made only once. */
let file: ReturnType<typeof fileOf> | undefined;
const nsfw = () => file ??= loadQuantized("nsfw").then(fileOf);
Deno.test.afterAll(async () => await (await file)?.[Symbol.asyncDispose]());

Deno.test({
  name: "totem classify has its first answer in less than 100 MB",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const model = await nsfw();
    const peakWith = async (program: string) => {
      const { code, stderr } = await totem(
        ["classify", "--model", model.path, `${PHOTOS}/alp.jpg`],
        {
          permissions: [
            "--allow-all",
            "--unstable-lazy-dynamic-imports", // As in `totem.flags`.
            ...[program, AT_END].map((it) => `--preload=${it}`),
          ],
        },
      );
      assert.equal(code, 0, stderr);
      const { peak }: Taken = JSON.parse(stderr.trim().split("\n").pop()!);
      return peak;
    };
    // The first time, Deno may compile TypeScript, which takes 107 MB.
    await peakWith(pathOf("no_node.ts"));
    const peak = await peakWith(pathOf("../../bench/start/nothing.ts"));
    // 92 at the time of writing: 32 are Deno's own, and 22 the weights.
    assert.ok(peak < 100e6, `${peak} bytes`);
    assert.ok(peak > 50e6, `${peak} bytes`);
  },
});

for (
  const options of [
    { threads: 1 },
    { threads: 2 },
    { threads: 2, threading: "throughput" },
  ]
) {
  const json = JSON.stringify(options);
  Deno.test(`the thousandth image leaves memory where the tenth left it: ${json}`, async () => {
    const model = await nsfw();
    const { code, stdout, stderr } = await outputOf(Deno.execPath(), {
      args: [
        "run",
        `--config=${CONFIG}`,
        "--no-check",
        "--v8-flags=--expose-gc",
        "--allow-read",
        PROGRAM,
        ...[model.path, json],
      ],
    });
    assert.equal(code, 0, stderr);
    // Garbage collection varies, and threads start late. If only an image's pixels
    // leaked 990 times, this would be 22 MB.
    assert.match(stdout, /^-?\d+\n$/);
    const grown = Number(stdout);
    assert.ok(grown < 2 ** 24, `${grown} bytes more`);
  });
}

for (
  const command of [
    "classify --json",
    "features --npy",
    "features --npy --resume OUT.npy",
    "index --out OUT.safetensors",
  ]
) {
  Deno.test(`totem ${command} holds no more of 10,000 images than of 1000`, async () => {
    await using model = await fileOf(await narrowNetwork());
    await using folder = await temporaryFolder();
    const { path } = folder;
    const options = [
      "--model",
      model.path,
      ..."--variant 75 --threads 1".split(" "),
    ];
    /** The heap in use when all but a few of the images are done. */
    const heldOf = async (count: number) => {
      const words = command.replace("OUT", `${path}/${count}`).split(" ");
      const args = [...words, path, ...options];
      using _ = folderOf(path, count);
      let held = 0;
      // The second run resumes from existing rows.
      for (let runs = command.includes("--resume") ? 2 : 1; runs > 0; runs--) {
        let told = 0;
        const output = (onWrite: () => void) => ({
          isTerminal: () => false,
          writeSync(bytes: Uint8Array) {
            onWrite();
            return bytes.length;
          },
        });
        await main(args, {
          ...testStreams(),
          stdout: output(() => {}),
          stderr: output(() => {
            if (++told === count - 50) held = heapUsed();
          }),
        });
        assert.ok(held > 0);
      }
      return held;
    };
    await heldOf(100); // Compiled code stays in memory.
    const few = await heldOf(1000);
    const many = await heldOf(10_000);
    // The paths alone of 10,000 images would be 2 MB.
    const grown = many - few;
    assert.ok(grown < 2 ** 20, `${grown} bytes more`);
  });
}

function heapUsed(): number {
  (globalThis as unknown as { gc(): void }).gc();
  return Deno.memoryUsage().heapUsed;
}

/** Fakes folders of 100 unreadable images each, `count` in all. */
function folderOf(folder: string, count: number): Disposable {
  const { readDir } = Deno;
  const long = "a".repeat(200);
  Deno.readDir = async function* (path) {
    const isRoot = path === folder;
    for (let i = 0; i < (isRoot ? count / 100 : 100); i++) {
      yield {
        name: isRoot ? `${i}` : `${long}${i}.jpg`,
        isFile: !isRoot,
        isDirectory: isRoot,
        isSymlink: false,
      };
    }
  };
  return {
    [Symbol.dispose]() {
      Deno.readDir = readDir;
    },
  };
}
