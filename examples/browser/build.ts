/**
 * Builds the page in `dist`: its script, its worker with the package, in chunks that
 * load on demand, its static files, samples, and models.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import {
  type BuiltFile,
  compressedSize,
  PURPOSES,
  readFiles,
  sha256,
} from "./build/files.ts";
import { type PageModel, writeModel } from "./build/models.ts";
import { bundleScripts } from "./build/parts.ts";

/** Stylesheets, joined into one file in this order. */
const STYLES = [
  "style.css",
  "controls.css",
  "photo.css",
  "tiles.css",
  "answer.css",
  "layout.css",
];

/** Files that stay beside `index.html` under fixed names. */
const ICONS = [
  "icon.svg",
  "icon-192.png",
  "icon-512.png",
  "manifest.webmanifest",
];

const TFJS = "@tensorflow/tfjs-backend-wasm/wasm-out/";
const TFJS_FILES = [
  "tfjs-backend-wasm.wasm",
  "tfjs-backend-wasm-simd.wasm",
  "tfjs-backend-wasm-threaded-simd.wasm",
];

/** The HEIC decoder, in a separate file because its licence is LGPL. */
const HEIC = "libheif-js/libheif-wasm/";
const HEIC_FILES = ["libheif.wasm", "LICENSE"];

/**
 * Builds the page in the folder `out`, which it replaces.
 *
 * @param sources The models, known names or paths of Totem files; the first is selected
 * initially.
 * @param writeScripts Writes the scripts, which are the same for all models, to a
 * folder.
 * @returns All files with their purposes.
 */
export async function build(
  out: string,
  sources: readonly string[] = ["nsfw"],
  writeScripts: (folder: string) => Promise<void> = bundleScripts,
): Promise<readonly BuiltFile[]> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  const scripts = `${out}/scripts`;
  await Deno.mkdir(`${scripts}/tfjs`, { recursive: true });
  await writeScripts(scripts);
  const styles = await Promise.all(STYLES.map(read));
  await Deno.writeTextFile(`${scripts}/style.css`, styles.join("\n"));
  await copy(ICONS, new URL(".", import.meta.url), out);
  const photos = new URL("../photos/", import.meta.url);
  await Deno.mkdir(`${out}/samples`);
  const page = await read("index.html");
  const samples = Array.from(
    page.matchAll(/samples\/([\w.]+)/g),
    (it) => it[1]!,
  );
  await copy(samples, photos, `${out}/samples`);
  // The import makes Deno download the package's files.
  await import("@tensorflow/tfjs-backend-wasm");
  const tfjs = new URL(import.meta.resolve(`${TFJS}${TFJS_FILES[0]}`));
  await copy(TFJS_FILES, new URL(".", tfjs), `${scripts}/tfjs`);
  await import("libheif-js/libheif-wasm/libheif-bundle.mjs");
  const heic = new URL(import.meta.resolve(`${HEIC}${HEIC_FILES[0]}`));
  await Deno.mkdir(`${scripts}/heic`);
  await copy(HEIC_FILES, new URL(".", heic), `${scripts}/heic`);
  const models = [];
  for (const source of sources) models.push(await writeModel(out, source));
  await Deno.writeTextFile(`${scripts}/model.json`, JSON.stringify({ models }));
  return await writeVersion(out, "scripts", models[0]!);
}

/**
 * Writes the first model's title and purpose into the page, which avoids layout shifts.
 */
function tell(page: string, { title, purpose }: PageModel): string {
  const escape = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return page
    .replace(/(?<=<h2 id="title">)[^<]*/, () => escape(title))
    .replace(/(?<=<p id="purpose">)[^<]*/, () => escape(purpose));
}

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

async function copy(
  names: readonly string[],
  from: URL,
  to: string,
): Promise<void> {
  for (const name of names) {
    await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

/**
 * Names the folder of the scripts after the version, and writes the page that refers to
 * it and the service worker that caches it.
 */
async function writeVersion(
  out: string,
  scripts: string,
  first: PageModel,
): Promise<readonly BuiltFile[]> {
  const [page, worker] = await Promise.all(
    ["index.html", "service_worker.js"].map(read),
  );
  const files = (await readFiles(out, scripts))
    .filter(({ purpose }) => !["other", "model"].includes(purpose));
  const parts = files.map(({ bytes }) => bytes);
  const version = (await sha256(
    await new Blob([page!, worker!, ...parts]).bytes(),
  )).slice(0, 16);
  const folder = `v-${version}`;
  await Deno.rename(`${out}/${scripts}`, `${out}/${folder}`);
  await Deno.writeTextFile(
    `${out}/index.html`,
    tell(page!, first)
      .replaceAll(
        /(?<=(?:href|src)=")(?=(?:style\.css|app\.js)")/g,
        `${folder}/`,
      )
      .replaceAll(/ *<link rel="stylesheet" href="\w+\.css">\n/g, ""),
  );
  const kept = files.map(({ name }) =>
    name.replace(/^scripts\//, `${folder}/`)
  );
  await Deno.writeTextFile(
    `${out}/sw.js`,
    `const VERSION = "${version}";
const FILES = ${JSON.stringify(["./", ...kept.sort()])};
${worker}`,
  );
  return await readFiles(out, folder);
}

const HELP = `\
Usage: deno run -A build.ts [options]

Builds the page, with its models, and lists its files with their sizes.

Options:
  --model SOURCE  A known model or the path of a Totem file; repeat it for more.
                  The page starts with the first (default: nsfw)
  --out FOLDER    Where the page goes; what is there is replaced (default: dist
                  next to build.ts)
  -h, --help      Show this help`;

/** @throws {TypeError} If an option is unknown or lacks its value. */
function parseOptions(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      model: { type: "string", multiple: true, default: ["nsfw"] },
      out: {
        type: "string",
        default: fileURLToPath(new URL("dist", import.meta.url)),
      },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

async function main(args: readonly string[]): Promise<void> {
  const { model, out, help } = parseOptions(args);
  if (help) return console.log(HELP);
  const files = await build(out, model);
  for (const purpose of PURPOSES) {
    console.log(purpose);
    for (
      const { name, bytes } of files.filter((it) => it.purpose === purpose)
    ) {
      const sizes = [bytes.length, await compressedSize(bytes)]
        .map((it) => `${(it / 1000).toFixed(1)} KB`.padStart(12));
      console.log(`  ${name.padEnd(52)}${sizes.join("")}`);
    }
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const { code, message = `${error}` } = error as {
      readonly code?: unknown;
      readonly message?: string;
    };
    // Errors without a code are bugs in this script.
    if (typeof code !== "string") throw error;
    console.error(message);
    const isUsage = code.startsWith("ERR_PARSE_ARGS");
    if (isUsage) console.error("See --help");
    Deno.exit(isUsage ? 2 : 1);
  }
}
