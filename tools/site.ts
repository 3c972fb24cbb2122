/**
 * Builds the site in a folder: the home page and guides from the repository's Markdown,
 * the API reference, a search, and the demo.
 *
 * @module
 */
import { dirname } from "node:path/posix";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { filesHandler } from "../examples/browser/serve.ts";
import { bundle } from "./bundle.ts";
import { apiDocuments, buildApi } from "./site/api.ts";
import { findDeadLinks } from "./site/check.ts";
import { buildDemo } from "./site/demo.ts";
import { linksOf } from "./site/links.ts";
import { renderMarkdown } from "./site/markdown.ts";
import { readPages, titleIn } from "./site/pages.ts";
import type { SearchDocument } from "./site/search.ts";
import { type PageContent, pageHtml } from "./site/template.ts";

const ROOT = new URL("../", import.meta.url);
const ASSETS = new URL("site/assets/", import.meta.url);

/**
 * Builds the site in the folder `out`, which it replaces.
 *
 * @param model The demo's model: a known name, the path of a Totem file, or null for a
 * site without a demo.
 * @param writeScripts See `build` of examples/browser.
 * @throws {Error} If a text can't be rendered, or a link is dead.
 */
export async function buildSite(
  out: string,
  model: string | null,
  writeScripts?: (folder: string) => Promise<void>,
): Promise<void> {
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const pages = readPages(ROOT);
  const images = new Set<string>();
  const contents: PageContent[] = pages.map((page) => {
    const links = linksOf(page, pages, ROOT);
    const content = renderMarkdown(page.markdown, links);
    links.images.forEach((it) => images.add(it));
    return { page, ...content };
  });
  for (const content of contents) {
    await write(out, content.page.path, pageHtml(content, contents));
  }
  for (const path of images) {
    await write(out, path, await Deno.readFile(new URL(path, ROOT)));
  }
  await Promise.all([
    bundle(out, ["site.ts"], ["--minify"], ASSETS),
    buildApi(out),
    buildDemo(`${out}/demo`, model, writeScripts),
  ]);
  const documents = contents.flatMap(documentsOf)
    .concat(await apiDocuments(out));
  await write(out, "search.json", JSON.stringify(documents));
  await write(
    out,
    "site.css",
    await Deno.readFile(new URL("site.css", ASSETS)),
  );
  const icon = new URL("examples/browser/icon.svg", ROOT);
  await write(out, "icon.svg", await Deno.readFile(icon));
  const dead = findDeadLinks(out);
  if (dead.length > 0) {
    throw new Error(`The site has dead links:\n${dead.join("\n")}`);
  }
}

function documentsOf(content: PageContent): SearchDocument[] {
  const page = titleIn(content.page);
  return content.sections.map(({ anchor, title, depth, text }) => ({
    url: content.page.path + (depth === 1 ? "" : `#${anchor}`),
    title,
    page,
    text: text.trim(),
  }));
}

async function write(
  folder: string,
  path: string,
  data: string | Uint8Array,
): Promise<void> {
  await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
  const bytes = typeof data === "string"
    ? new TextEncoder().encode(data)
    : data;
  await Deno.writeFile(`${folder}/${path}`, bytes);
}

const HELP = `\
Usage: deno task site [options]

Makes the site in the folder site, and fails when a link in it leads nowhere.

Options:
  --model FILE  The demo's model: a Totem file, or a known model (default: nsfw)
  --no-model    Make no demo, which needs neither a model nor the network
  --out FOLDER  Where to make it (default: site)
  --serve       Serve it on http://127.0.0.1:8000 then
  --help        Print this`;

/** @throws {TypeError} If an option is unknown. */
function parseOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: "string", default: "nsfw" },
      "no-model": { type: "boolean", default: false },
      out: { type: "string", default: fileURLToPath(new URL("site", ROOT)) },
      serve: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  return values;
}

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return console.log(HELP);
  const { out, model } = options;
  await buildSite(out, options["no-model"] ? null : model);
  console.log(`Made ${out}`);
  if (options.serve) {
    Deno.serve(
      { hostname: "127.0.0.1", port: 8000 },
      filesHandler([out], false),
    );
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    const isUsage = error instanceof TypeError;
    console.error(error instanceof Error ? error.message : error);
    if (isUsage) console.error("See --help");
    Deno.exit(isUsage ? 2 : 1);
  }
}
