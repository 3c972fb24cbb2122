/**
 * Makes the page in `dist`: its worker with the package as one bundle, whose parts
 * are loaded when they are needed, its other files as they are, and a model.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { loadNetwork, writeNetwork } from "../../src/weights/mod.ts";
import { isQuantized } from "../../src/model/mod.ts";
import { bundle } from "../../tools/bundle.ts";

/** The page as it is written. */
const PAGE = [
  "index.html",
  "style.css",
  "app.js",
  "answer.js",
  "classifier.js",
  "explain.js",
];

/** Where the bundle's parts seek what isn't JavaScript. */
const ASSETS = {
  "tfjs": [
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm",
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.wasm",
  ],
} as const;

/** Parts of the bundle, by the name of their module. */
const KERNELS = ["relaxed", "relaxed_threads", "plain", "plain_threads"];
/** What runs on WebGPU. */
const GPU = ["gpu"];
/** tfjs, whose modules are called `dist`, and importers of foreign files. */
const ON_DEMAND = [
  "dist",
  "importers",
  "known_quantized",
  "tfjs_session",
];

/**
 * What a file is for; `"decoders"` are what comes with photos, the code that explains
 * answers with them; `"other"` is what comes when it is asked for, as tfjs is.
 */
export type Purpose = typeof PURPOSES[number];
const PURPOSES = [
  "page",
  "kernels",
  "gpu",
  "decoders",
  "other",
  "model",
] as const;

/** A file of the page. */
export interface BuiltFile {
  readonly name: string;
  readonly purpose: Purpose;
  readonly bytes: Uint8Array;
}

/**
 * Makes the page in the folder `out`, in the place of what was there.
 *
 * @param source A known model or the path of a Totem file.
 * @returns All files, with what each is for.
 */
export async function build(
  out: string,
  source = "nsfw",
): Promise<readonly BuiltFile[]> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${out}/tfjs`, { recursive: true });
  const here = new URL(".", import.meta.url);
  await bundle(out, ["worker.ts"], ["--minify"], here);
  await joinParts(out);
  await copyPage(out);
  await writeModel(out, source);
  // Deno has a package's files once the package is imported.
  await import("@tensorflow/tfjs-backend-wasm");
  for (const [folder, names] of Object.entries(ASSETS)) {
    for (const name of names) {
      const file = name.slice(name.lastIndexOf("/") + 1);
      await Deno.copyFile(
        new URL(import.meta.resolve(name)),
        `${out}/${folder}/${file}`,
      );
    }
  }
  const files = await classifyFiles(out);
  return [...files, await writeServiceWorker(out, files)];
}

/**
 * Puts what the worker imports at once into one file. The bundler makes a file of
 * every set of modules that two parts share: 41 of them, which are 9 KB larger
 * compressed and a request each.
 */
async function joinParts(folder: string): Promise<void> {
  const worker = `${folder}/worker.js`;
  const bundle = await rollup({
    input: worker,
    treeshake: false,
    // A part that imports the worker itself would have it run again in WebKit.
    preserveEntrySignatures: "strict",
  });
  const concurrency = new Set<string>();
  const { output } = await bundle.generate({
    dir: folder,
    compact: true,
    hashCharacters: "base36",
    chunkFileNames: ({ name }) =>
      `${name.replace(/-[A-Z\d]{8}$/, "")}-[hash].js`,
    onlyExplicitManualChunks: true,
    manualChunks(id, { getModuleInfo }) {
      const add = (id: string) => {
        if (concurrency.has(id)) return;
        concurrency.add(id);
        getModuleInfo(id)!.importedIds.forEach(add);
      };
      add(worker);
      return concurrency.has(id) ? "package" : null;
    },
  });
  await bundle.close();
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) await Deno.remove(`${folder}/${name}`);
  }
  for (const part of output) {
    if (part.type === "chunk") {
      await Deno.writeTextFile(`${folder}/${part.fileName}`, part.code);
    }
  }
}

async function copyPage(out: string): Promise<void> {
  for (const name of PAGE) {
    await Deno.copyFile(new URL(name, import.meta.url), `${out}/${name}`);
  }
}

/** Writes the model, and what it is. */
async function writeModel(out: string, source: string): Promise<void> {
  const network = await loadNetwork(source);
  if (!isQuantized(network)) {
    throw new Error(`${source} isn't int8: totem convert makes it so`);
  }
  if (network.architecture.activation === "none") {
    throw new Error(
      `${source} gives logits, which the page can't show: totem convert --activation softmax or sigmoid makes probabilities of them`,
    );
  }
  const { stream, byteLength } = writeNetwork(network);
  const file = "model.safetensors";
  await Deno.writeFile(`${out}/${file}`, stream);
  const facts = { file, size: byteLength };
  await Deno.writeTextFile(`${out}/model.json`, JSON.stringify(facts));
}

/** Says of each file what it is for, by who imports it and when. */
async function classifyFiles(out: string): Promise<readonly BuiltFile[]> {
  const files = new Map<string, Uint8Array>();
  for (const folder of ["", "tfjs/"]) {
    for (const { name, isFile } of Deno.readDirSync(`${out}/${folder}`)) {
      if (!isFile) continue;
      files.set(folder + name, await Deno.readFile(`${out}/${folder}${name}`));
    }
  }
  const purposes = new Map<string, Purpose>();
  /** What a module imports at once is for the same. */
  const mark = (name: string, purpose: Purpose) => {
    if (purposes.has(name)) return;
    purposes.set(name, purpose);
    if (!name.endsWith(".js")) return;
    const text = new TextDecoder().decode(files.get(name));
    for (
      const [, imported] of text.matchAll(
        /(?:from|import)\s*["']\.\/(.+?)["']/g,
      )
    ) {
      mark(imported!, purpose);
    }
  };
  for (const name of [...PAGE, "worker.js", "model.json"]) mark(name, "page");
  mark("model.safetensors", "model");
  for (const name of files.keys()) {
    const part = name.match(/^(.+)-[a-z\d]{8}\.js$/)?.[1];
    if (part === undefined || part === "chunk") continue;
    if (KERNELS.includes(part)) mark(name, "kernels");
    else if (GPU.includes(part)) mark(name, "gpu");
    else if (!ON_DEMAND.includes(part)) mark(name, "decoders");
  }
  return Array.from(files, ([name, bytes]) => ({
    name,
    bytes,
    purpose: purposes.get(name) ?? "other",
  }));
}

/** What works offline is listed in the service worker. */
async function writeServiceWorker(
  out: string,
  files: readonly BuiltFile[],
): Promise<BuiltFile> {
  const kept = files.filter(({ purpose }) =>
    purpose !== "other" && purpose !== "model"
  );
  const version = await hash(
    new Uint8Array(
      await new Blob(kept.map((it) => it.bytes as BlobPart))
        .arrayBuffer(),
    ),
  );
  const names = ["./", ...kept.map((it) => it.name).sort()];
  const text = `const VERSION = "${version.slice(0, 16)}";
const FILES = ${JSON.stringify(names)};
${await Deno.readTextFile(new URL("service_worker.js", import.meta.url))}`;
  const bytes = new TextEncoder().encode(text);
  await Deno.writeFile(`${out}/sw.js`, bytes);
  return { name: "sw.js", purpose: "page", bytes };
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}

/** How many bytes a server that compresses sends. */
export async function compressedSize(bytes: Uint8Array): Promise<number> {
  const stream = new Blob([bytes as BlobPart]).stream();
  const gzip = stream.pipeThrough(new CompressionStream("gzip"));
  return (await new Response(gzip).arrayBuffer()).byteLength;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      model: { type: "string", default: "nsfw" },
      out: {
        type: "string",
        default: fileURLToPath(new URL("dist", import.meta.url)),
      },
    },
  });
  const files = await build(values.out, values.model);
  for (const purpose of PURPOSES) {
    console.log(purpose);
    for (
      const { name, bytes } of files.filter((it) => it.purpose === purpose)
    ) {
      const sizes = [bytes.length, await compressedSize(bytes)]
        .map((it) => `${(it / 1000).toFixed(1)} KB`.padStart(12));
      console.log(`  ${name.padEnd(40)}${sizes.join("")}`);
    }
  }
}
