/**
 * The API reference, made by `deno doc --html`, in the site's style.
 *
 * @module
 */
import { join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { REPOSITORY } from "../npm/manifest.ts";
import { runDeno } from "../run_deno.ts";
import { escape, unescape } from "./html.ts";
import type { SearchDocument } from "./search.ts";

const ROOT = new URL("../../", import.meta.url);

/** Pages of `deno doc` have some inline styles and scripts. */
const POLICY =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/** Builds the reference in `api` of the folder `site`. */
export async function buildApi(site: string): Promise<void> {
  const out = `${site}/api`;
  await runDeno([
    "doc",
    "--html",
    "--name=Totem",
    "--lock=deno.lock",
    `--output=${out}`,
    ...Object.values(config.exports),
  ], ROOT);
  await Deno.copyFile(
    fileURLToPath(new URL("assets/api.css", import.meta.url)),
    `${out}/api.css`,
  );
  for (const name of htmlIn(out, "")) {
    const file = `${out}/${name}`;
    const toRoot = "../".repeat(name.split("/").length - 1);
    const page = await Deno.readTextFile(file);
    const entries = name === "index.html" ? entryList() : "";
    await Deno.writeTextFile(file, improved(page, toRoot, entries));
  }
}

/**
 * The API's symbols, for the search.
 *
 * @param site The folder of {@linkcode buildApi}.
 */
export async function apiDocuments(
  site: string,
): Promise<readonly SearchDocument[]> {
  const script = await Deno.readTextFile(`${site}/api/search_index.js`);
  const [json] = script.match(/(?<=DENO_DOC_SEARCH_INDEX = )\{.*\}(?=;)/s)!;
  const { nodes }: { nodes: Symbol[] } = JSON.parse(json!);
  return nodes.filter(({ name }) => !name.includes(".prototype")).map(
    ({ kind, name, file, doc, url }) => ({
      url: join("api", url),
      title: name,
      page: `${kind[0]!.title} of ${config.name}${file.replace(/^\./, "")}`,
      text: doc,
    }),
  );
}

/** A symbol in the output of `deno doc`. */
interface Symbol {
  readonly kind: readonly { readonly title: string }[];
  readonly name: string;
  /** Its module, such as `./search`. */
  readonly file: string;
  /** The first paragraph of its documentation. */
  readonly doc: string;
  readonly url: string;
}

/** Adds the policy, styles, names and labels that `deno doc` leaves out. */
function improved(page: string, toRoot: string, entries: string): string {
  const title = page.match(/<title>([^<]*?)(?: - [^<]*)?<\/title>/)?.[1] ?? "";
  const heading = toRoot === "" ? "API" : title;
  return page
    // Link definitions to the source on GitHub.
    .replaceAll(
      /(?<=href=")[^"]*(?=")/g,
      (it) =>
        escape(unescape(it).replace(ROOT.href, `${REPOSITORY}/blob/main/`)),
    )
    // Show entries by the names that users import.
    .replaceAll(
      /(?<=from &quot;)\.(?=(\/[\w\/]+)?&quot;)/g,
      config.name,
    )
    .replace("<html>", '<html lang="en">')
    .replace(
      '<meta charset="utf-8">',
      `$&\n  <meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    )
    .replace(
      "</head>",
      `<link rel="stylesheet" href="${toRoot}api.css">\n` +
        `<link rel="icon" href="${toRoot}../icon.svg">$&`,
    )
    .replace('<nav id="topnav">', '<nav id="topnav" aria-label="Path">')
    .replace(
      /<ul class="breadcrumbs">([^]*?)<\/ul>(?=\s*<\/div>)/,
      (_, items: string) =>
        `<div class="breadcrumbs"><a class="contextLink" href="${toRoot}../index.html">Documentation</a> / ${
          items.replaceAll(/<(\/?)(?:ul|li)>/g, "<$1span>")
        }</div>`,
    )
    .replace('<nav class="topSymbols"', '$& aria-label="Symbols"')
    .replace(/<main[^>]*>/, `$&<h1 class="unseen">${heading}</h1>${entries}`)
    .replace(
      '<div class="toc">',
      '<div class="toc" role="complementary" aria-label="On this page">',
    )
    .replace('id="searchbar"', '$& aria-label="Search the API"')
    .replaceAll('class="copyButton"', '$& aria-label="Copy"')
    .replaceAll(/<a\s+class="sourceButton"/g, '$& aria-label="Source"')
    .replaceAll(
      '<code class="language-',
      '<code tabindex="0" class="language-',
    );
}

/** Links to the entries, which the index page of `deno doc` lacks. */
function entryList(): string {
  const items = Object.keys(config.exports).filter((it) => it !== ".").map(
    (it) =>
      `<li><a class="link" href="${it}/index.html">${
        it.replace(".", config.name)
      }</a></li>`,
  );
  return `<h2>Entries</h2><ul class="entries"><li>${config.name}, below</li>${
    items.join("")
  }</ul>`;
}

function* htmlIn(folder: string, prefix: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${prefix}`)) {
    if (isDirectory) yield* htmlIn(folder, `${prefix}${name}/`);
    else if (name.endsWith(".html")) yield prefix + name;
  }
}
