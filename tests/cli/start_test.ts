/** The modules that the command line loads at its start: each costs time and memory. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runDeno } from "../../tools/run_deno.ts";
import { storeKey } from "../../src/weights/known_quantized.ts";
import { fileStore, writeNetwork } from "../../src/weights/mod.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { temporaryFolder } from "../weights/store/temporary_folder.ts";
import { CLI, testInDeno } from "./program.ts";
import { PHOTOS, totem } from "./totem.ts";

/** A module in the output of `deno info`. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

testInDeno(
  "Deno reads no modules at the start that only batch runs or Node need",
  async () => {
    const modules = await modulesOf(CLI);
    const found = [...modules.keys()].map((it) => it.slice(SOURCES.length));
    const foreign = found.filter((it) => /^(batch\/work|cli\/node)/.test(it));
    assert.deepEqual(foreign, []);
    // 640 at the time of writing. New formats of models or images will add some.
    assert.ok(found.length < 690, `${found.length} modules`);
  },
);

testInDeno(
  "totem classify runs few modules before it knows the model and the image",
  async () => {
    const entry = fileURLToPath(`${SOURCES}cli/classify.ts`);
    const modules = await modulesOf(entry);
    const loaded = new Set([`${SOURCES}cli/classify.ts`]);
    for (const it of loaded) {
      for (const { code, isDynamic } of modules.get(it)?.dependencies ?? []) {
        const specifier = code?.specifier;
        if (specifier && !isDynamic && modules.has(specifier)) {
          loaded.add(specifier);
        }
      }
    }
    // 182 at the time of writing, each of about 0.1 ms and 50 KB.
    assert.ok(loaded.size < 200, `${loaded.size} modules`);
    assert.ok(loaded.size > 100, `${loaded.size} modules`);
  },
);

testInDeno(
  "totem classify with a kept model loads nothing of Node's",
  async () => {
    await using cache = await temporaryFolder();
    const { stream } = writeNetwork(await narrowNetwork());
    await fileStore(cache.path).put(storeKey("nsfw"), stream);
    const preload = fileURLToPath(new URL("without_node.ts", import.meta.url));
    const permissions = [
      `--preload=${preload}`,
      "--allow-read",
      `--allow-write=${cache.path}`,
      "--allow-env=TOTEM_CACHE",
    ];
    const env = { TOTEM_CACHE: cache.path };
    const photo = `${PHOTOS}/drum.jpg`;
    const options = { permissions, env };
    const { code, stdout, stderr } = await totem(["classify", photo], options);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ +\d+\.\d% +class \d$/m);
    // A download would have printed a message.
    assert.equal(stderr, "");
  },
);

const SOURCES = new URL("../../src/", import.meta.url).href;

/** The modules that Deno reads to run a module, by specifier. */
async function modulesOf(path: string): Promise<ReadonlyMap<string, Module>> {
  const info = JSON.parse(await runDeno(["info", "--json", path])) as {
    readonly modules: readonly Module[];
  };
  return new Map(info.modules.map((it) => [it.specifier, it]));
}
