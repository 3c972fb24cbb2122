import assert from "node:assert/strict";
import { wasmInt8 } from "../../src/backends/simd/wasm_int8.ts";
import { decodeImage } from "../../src/image/mod.ts";
import { inceptionV3 } from "../../src/model/mod.ts";
import {
  handInHint,
  setWasmModules,
  type WasmModules,
} from "../../src/runtime/wasm_modules.ts";
import { narrowNetwork } from "../backends/simd/narrow_file.ts";
import { fixture } from "../image/fixtures.ts";
import { noise } from "../random.ts";
import { madeUpFeatures, madeUpIndex } from "../search/made_up_index.ts";
import { WASM_MODULE_NAMES, wasmModule } from "../wasm_module.ts";

const modules: WasmModules = Object.fromEntries(
  await Promise.all(
    WASM_MODULE_NAMES.map(async (name) => [name, await wasmModule(name)]),
  ),
);
const NONE: WasmModules = Object.fromEntries(
  WASM_MODULE_NAMES.map((name) => [name, undefined]),
);

/** Functions that need modules, by short names. */
const USES = {
  relaxed: async () => {
    const network = await narrowNetwork();
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    using session = await wasmInt8().reserve(graph).open(network);
    return await session.run(noise(75), "features");
  },
  relaxed_threads: async () => {
    const network = await narrowNetwork();
    const graph = inceptionV3({ ...network.architecture, variant: 75 });
    using session = await wasmInt8({ threads: 2 }).reserve(graph).open(network);
    return await session.run(noise(75), "features");
  },
  jpeg: () => decodeImage(fixture("color.jpg")),
  png: () => decodeImage(fixture("color.png")),
  webp: () => decodeImage(fixture("lossy.webp")),
  avif: () => decodeImage(fixture("heif/alpha.avif")),
  search_relaxed: async () => {
    const features = madeUpFeatures(5, 200);
    return (await madeUpIndex(features, 200)).nearest(features[3]!);
  },
};

for (const [name, use] of Object.entries(USES)) {
  const { compile } = WebAssembly;

  Deno.test(`setWasmModules() hands in ${name} where nothing is compiled from bytes, before and after its first use`, async () => {
    let refused = 0;
    WebAssembly.compile = () => {
      refused++;
      return Promise.reject(new WebAssembly.CompileError("disallowed"));
    };
    let first;
    try {
      await assert.rejects(
        use,
        ({ message }: Error) =>
          message.includes(`hand it in with setWasmModules({ ${name} })`),
      );
      assert.equal(refused, 1);
      setWasmModules({ [name]: modules[name as keyof WasmModules] });
      first = await use();
      assert.equal(refused, 1);
    } finally {
      WebAssembly.compile = compile;
      setWasmModules(NONE);
    }
    const own = await use();
    assert.deepEqual(own, first);
    setWasmModules(modules);
    assert.deepEqual(await use(), own);
    setWasmModules(NONE);
  });
}

Deno.test("setWasmModules() takes the plain kernels for all that is handed in", async () => {
  const { plain, search_plain } = modules;
  setWasmModules({ plain, search_plain });
  const { compile } = WebAssembly;
  WebAssembly.compile = () => Promise.reject(new Error("not from bytes"));
  try {
    const found = await wasmInt8().probe(false);
    assert.match(found.available ? found.detail : found.reason, /^SIMD/);
    await USES.search_relaxed();
  } finally {
    WebAssembly.compile = compile;
    setWasmModules(NONE);
  }
});

Deno.test("a page is told that its policy forbids WebAssembly, in each browser's words", () => {
  for (
    const told of [
      // Chromium, Firefox and Safari.
      "WebAssembly.compile(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-eval' nor 'unsafe-eval' is an allowed source of script",
      "call to WebAssembly.compile() blocked by CSP",
      "Refused to create a WebAssembly object because 'unsafe-eval' or 'wasm-unsafe-eval' is not an allowed source of script",
    ]
  ) {
    assert.equal(
      handInHint("relaxed", new WebAssembly.CompileError(told)),
      "the page's Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src",
    );
  }
});

/** Values that JavaScript may pass, with their errors. */
const REFUSED: readonly (readonly [modules: unknown, told: RegExp])[] = [
  [undefined, /must be an object of .* current value is undefined$/],
  [modules.jpeg, /must be an object of .* a Module$/],
  [{ kernels: modules.relaxed }, /name must be one of relaxed, .*"kernels"$/],
  [{ toString: modules.relaxed }, /name must be one of relaxed, .*"toString"$/],
  [{ jpeg: "jpeg.wasm" }, /jpeg must be .* jpeg\.wasm: .* "jpeg\.wasm"$/],
  [{ jpeg: null }, /jpeg must be .* null$/],
  [{ jpeg: new Uint8Array(8) }, /jpeg must be .* a Uint8Array$/],
  [{ jpeg: modules.png }, /jpeg must be the WebAssembly\.Module of jpeg\.wasm/],
  [{ relaxed: modules.relaxed_threads }, /relaxed must be/],
  [{ relaxed_threads: modules.relaxed }, /relaxed_threads must be/],
  [{ search_plain: modules.plain }, /search_plain must be/],
];

Deno.test("setWasmModules() refuses what isn't a module of that name, and takes nothing then", async () => {
  for (const [given, told] of REFUSED) {
    assert.throws(() => setWasmModules(given as WasmModules), {
      name: "ArgumentError",
      message: told,
    });
  }
  const both = { plain: modules.plain, jpeg: null } as unknown as WasmModules;
  assert.throws(() => setWasmModules(both), { name: "ArgumentError" });
  const found = await wasmInt8().probe(false);
  assert.doesNotMatch(found.available ? found.detail : found.reason, /^SIMD/);
});
