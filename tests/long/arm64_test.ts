/**
 * ARM64 on another machine: Deno's ARM64 build from npm, in an emulator of processors
 * with and without the dot product extension. It takes minutes, so only
 * `deno task test-arm` runs it.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadQuantized } from "../../src/weights/mod.ts";
import { bundle } from "../../tools/bundle.ts";
import { fileOf } from "../backends/simd/narrow_file.ts";
import { outputOf } from "../output_of.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const PROGRAM = fileURLToPath(new URL("arm64_answers.ts", import.meta.url));
const PHOTO = fileURLToPath(new URL("examples/photos/fig.jpg", ROOT));
const EMULATOR = "/usr/bin/qemu-aarch64";
/** Debian's folder for ARM64 libraries. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
const WITHOUT_CONFIG = ["--no-config", "--no-lock"];

const PROCESSORS = {
  "cortex-a76": "with the dot product extension",
  "cortex-a53": "without the dot product extension",
} as const;

const skipped = await reasonToSkip();
const parts = new AsyncDisposableStack();
/** Deno for ARM64. */
let deno: string;

Deno.test.beforeAll(async () => {
  if (skipped !== null) return;
  const { path } = parts.use(await temporaryFolder());
  const name = `@deno/linux-arm64-glibc@${Deno.version.deno}`;
  const file = await output("npm", ["pack", "--silent", name], path);
  await output("tar", ["xzf", file.trim()], path);
  deno = `${path}/package/deno`;
});
Deno.test.afterAll(async () => await parts.disposeAsync());

for (const [processor, what] of Object.entries(PROCESSORS)) {
  const emulator = ["-L", LIBRARIES, "-cpu", processor];

  armTest(`ARM64 ${what} gives the bytes of this machine`, async () => {
    await using folder = await temporaryFolder();
    await using model = await fileOf(await loadQuantized("nsfw"));
    await bundle(folder.path, [PROGRAM], []);
    const args = [
      ...["run", ...WITHOUT_CONFIG, "--allow-read"],
      ...[`${folder.path}/arm64_answers.js`, model.path, PHOTO],
    ];
    const expected = await output(Deno.execPath(), args);
    assert.equal(expected.trim().split("\n").length, 3);
    assert.equal(
      await output(EMULATOR, [...emulator, deno, ...args]),
      expected,
    );
  });

  armTest(`ARM64 ${what}: kernels equal their references`, async () => {
    const report = await output(EMULATOR, [
      ...[...emulator, deno, "test", ...WITHOUT_CONFIG, "--no-check"],
      ...["--import-map=import_map.json", "--allow-all"],
      "--filter=/^(probe|conv|scan|hasHighBits)/i", // Other tests compile or start programs.
      "tests/backends/simd/kernels/conv_test.ts",
      "tests/backends/simd/kernels/winograd_test.ts",
      "tests/backends/simd/kernels/probe_test.ts",
      "tests/search/kernels_test.ts",
    ], fileURLToPath(ROOT));
    assert.match(report, /ok \| \d+ passed \| 0 failed/);
  });
}

function armTest(name: string, run: () => Promise<void>): void {
  Deno.test({
    name: skipped === null ? name : `${name} (skipped: ${skipped})`,
    ignore: skipped !== null,
    fn: run,
  });
}

/** The reason to skip the tests, or null. */
async function reasonToSkip(): Promise<string | null> {
  if (Deno.env.get("TOTEM_TEST_ARM") === undefined) {
    return "deno task test-arm runs it";
  }
  for (const path of [EMULATOR, `${LIBRARIES}/lib/libgcc_s.so.1`]) {
    const isThere = await Deno.stat(path).then(() => true, () => false);
    if (!isThere) {
      return "install qemu-user, libc6-arm64-cross and libgcc-s1-arm64-cross";
    }
  }
  return null;
}

/** A program's output; throws its errors if it fails. */
async function output(
  program: string,
  args: string[],
  folder?: string,
): Promise<string> {
  const { code, stdout, stderr } = await outputOf(program, {
    args,
    env: { NO_COLOR: "1" },
    ...folder && { cwd: folder },
  });
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
}
