/**
 * The targets of a Markdown file's links in the site.
 *
 * @module
 */
import { basename, dirname, join } from "node:path/posix";
import { REPOSITORY } from "../npm/manifest.ts";
import { linkBetween, type Page, titleIn } from "./pages.ts";

const OWNER = new URL(REPOSITORY).pathname.slice(1);

/** The address of a file or folder in the repository, followed by its path. */
const OWN = new RegExp(
  `^https://(?:github\\.com/${OWNER}/(?:blob|tree)|raw\\.githubusercontent\\.com/${OWNER})/main/`,
);

/** Rewrites the links and images of a page. */
export interface Links {
  /** A link's target: a page of the site, or a file on GitHub. */
  link(target: string): string;
  /** A link's text: file names are replaced by the page's title. */
  text(target: string, text: string): string;
  /** An image's address; its path is added to {@linkcode Links.images}. */
  image(target: string): string;
  /** The paths of images in the repository that must be copied to the site. */
  readonly images: Set<string>;
}

/**
 * Makes the rewriter for one page's links.
 *
 * @param root The repository's folder.
 */
export function linksOf(
  page: Page,
  pages: readonly Page[],
  root: URL,
): Links {
  const images = new Set<string>();
  return {
    images,
    link(target) {
      const { path, anchor } = pathOf(page.file, target);
      if (path === null) return target;
      const to = pages.find(({ file }) => file === path);
      if (to) {
        return to === page && anchor
          ? anchor
          : linkBetween(page.path, to.path) + anchor;
      }
      const { isDirectory } = Deno.statSync(new URL(path, root));
      const kind = isDirectory ? "tree" : "blob";
      return `${REPOSITORY}/${kind}/main/${path.replace(/\/$/, "")}${anchor}`;
    },
    text(target, text) {
      const { path } = pathOf(page.file, target);
      if (path === null || text !== basename(path)) return text;
      const to = pages.find(({ file }) => file === path);
      return to ? titleIn(to) : text;
    },
    image(target) {
      const { path } = pathOf(page.file, target);
      if (path === null) {
        throw new Error(
          `Cannot show ${target} in ${page.path} as the site has no images of others`,
        );
      }
      images.add(path);
      return linkBetween(page.path, path);
    },
  };
}

/** The path of a target in the repository, unless it is elsewhere. */
function pathOf(
  file: string,
  target: string,
): { readonly path: string | null; readonly anchor: string } {
  const [, address, anchor] = target.match(/^([^#]*)(.*)$/s) as unknown as [
    string,
    string,
    string,
  ];
  if (OWN.test(address)) return { path: address.replace(OWN, ""), anchor };
  if (/^[a-z]+:/.test(address)) return { path: null, anchor };
  return {
    path: address === "" ? file : join(dirname(file), address),
    anchor,
  };
}
