/** Follows the advice for HEIC in Deno, with an empty cache. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { howToGet } from "../../src/image/heic/load_libheif.ts";
import { npmHas } from "../npm_has.ts";
import { fileOf, narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ONLINE = await npmHas("libheif-js/1.23.2");

Deno.test({
  name: `without the network a HEIC needs what its error says${
    ONLINE ? "" : " (skipped: npm's registry can't be reached)"
  }`,
  ignore: !ONLINE,
  async fn() {
    await using folder = await temporaryFolder();
    await using model = await fileOf(await narrowNetwork());
    const deno = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [...args],
        cwd: ROOT,
        env: { DENO_DIR: `${folder.path}/deno`, NO_COLOR: "1" },
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    };
    const classify = (...options: readonly string[]) =>
      deno(
        ...["run", "--cached-only", "--no-prompt", ...options],
        ...["--allow-read", "--allow-env", "src/cli.ts", "classify"],
        ...["--model", model.path, "tests/data/formats/photo.heic"],
      );
    const locked = ["--lock=totem.lock", "--frozen"];
    const lazy = "--unstable-npm-lazy-caching";
    assert.equal((await deno("cache", ...locked, "src/cli.ts")).code, 0);
    const missing = await classify(...locked, lazy);
    // The command line leaves out the advice for bundles.
    const [advice] = howToGet().split(". In a bundle");
    assert.equal(missing.code, 1);
    assert.ok(
      missing.stderr.includes(
        `Cannot decode HEIC without its decoder, libheif-js: ${advice}. Or convert the photo to JPEG`,
      ),
      missing.stderr,
    );
    const [, command] = howToGet().match(/^run deno (.*?) where npm/)!;
    assert.equal((await deno(...command!.split(" "))).code, 0);
    for (const options of [[...locked, lazy], ["--no-lock"]]) {
      const { code, stdout, stderr } = await classify(...options);
      assert.equal(code, 0, stderr);
      assert.match(stdout, / class \d+$/m);
    }
    assert.equal((await classify(...locked)).code, 1);
  },
});
