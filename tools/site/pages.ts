/**
 * The pages of the site: README.md and the Markdown files in docs and its folders.
 *
 * @module
 */
import { relative } from "node:path/posix";
import { fileURLToPath } from "node:url";

/** A page of the site. */
export interface Page {
  /** The path of its Markdown in the repository, such as `docs/batch.md`. */
  readonly file: string;
  /** Its path in the site, such as `docs/batch.html`. */
  readonly path: string;
  readonly markdown: string;
}

/** A group in the navigation, with the names of its pages in order. */
export interface Group {
  readonly title: string;
  readonly names: readonly string[];
}

/** Every page except the home page, by its path in docs. */
export const GROUPS: readonly Group[] = [
  { title: "Start", names: ["install", "cli", "api", "models"] },
  {
    title: "Use",
    names: [
      "browser",
      "node",
      "edge",
      "server",
      "batch",
      "search",
      "explain",
      "low-resolution",
      "backends",
      "porting",
    ],
  },
  { title: "Measure", names: ["evaluate", "benchmarks", "cost"] },
  { title: "Teach", names: ["convert", "finetune"] },
  { title: "Reference", names: ["formats", "architecture"] },
];

/**
 * Reads the pages.
 *
 * @param root The repository's folder.
 * @returns The home page first, then the others in the order of {@linkcode GROUPS}.
 * @throws {Error} If a file in docs has no group, or a group names a missing file.
 */
export function readPages(root: URL): readonly Page[] {
  const found = Array.from(markdownIn(new URL("docs/", root)), nameOf);
  const names = GROUPS.flatMap((it) => it.names).flatMap((name) => [
    name,
    // The parts of a page follow it.
    ...found.filter((it) => it.startsWith(`${name}/`)).sort(),
  ]);
  const strange = found.filter((it) => !names.includes(it));
  const missing = names.filter((it) => !found.includes(it));
  if (strange.length > 0 || missing.length > 0) {
    throw new Error(
      `Cannot make the navigation as tools/site/pages.ts must name the pages in docs: it lacks [${strange}], and [${missing}] have no file`,
    );
  }
  const files = names.map((it) => `docs/${it}.md`);
  return ["README.md", ...files].map((file) => ({
    file,
    path: file === "README.md" ? "index.html" : file.replace(/md$/, "html"),
    markdown: Deno.readTextFileSync(new URL(file, root)),
  }));

  function nameOf(url: URL): string {
    const docs = fileURLToPath(new URL("docs/", root));
    return fileURLToPath(url).slice(docs.length).replaceAll("\\", "/")
      .replace(/\.md$/, "");
  }
}

function* markdownIn(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* markdownIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".md")) yield new URL(name, folder);
  }
}

/**
 * A page's title: its first heading.
 *
 * @throws {Error} If it has no heading.
 */
export function titleIn({ file, markdown }: Page): string {
  const [, title] = markdown.match(/^# (.+)$/m) ?? [];
  if (title === undefined) {
    throw new Error(`Cannot show ${file} as it has no title`);
  }
  return title;
}

/** The link from a page to another one, or to itself. */
export function linkBetween(from: string, to: string): string {
  const folder = from.includes("/") ? from.slice(0, from.lastIndexOf("/")) : "";
  return relative(`/${folder}`, `/${to}`);
}
