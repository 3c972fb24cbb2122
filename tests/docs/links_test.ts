/** Links in the docs work, also where these are published. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import config from "../../deno.json" with { type: "json" };
import { REPOSITORY } from "../../tools/npm/manifest.ts";
import { anchorNamer } from "../../tools/site/anchors.ts";
import { readText, ROOT, textsIn } from "./texts.ts";

const PATH = new URL(REPOSITORY).pathname.slice(1);

/** The address of a file or folder in the repository, followed by its path. */
const OWN = new RegExp(
  `^https://(?:github\\.com/${PATH}/(?:blob|tree)|raw\\.githubusercontent\\.com/${PATH})/main/`,
);

const texts = [...textsIn("")];

Deno.test("no text is left out", () => {
  for (const name of ["README.md", "docs/architecture.md", "SECURITY.md"]) {
    assert.ok(texts.includes(name), name);
  }
});

for (const text of texts) {
  const targets = targetsIn(readText(text));

  Deno.test(`what ${text} links to is there`, () => {
    assert.deepEqual(targets.map((it) => fault(text, it)).filter(Boolean), []);
  });

  Deno.test(`references and images of ${text} are whole`, () => {
    const prose = withoutCode(readText(text));
    const known = new Set(
      Array.from(prose.matchAll(/^ {0,3}\[([^\]]+)\]:/gm), ([, it]) => it),
    );
    const named = Array.from(prose.matchAll(/\]\[([^\]]+)\]/g), ([, it]) => it);
    assert.deepEqual(named.filter((it) => !known.has(it)), []);
    assert.doesNotMatch(prose, /!\[\s*\]/, "an image without words");
  });

  Deno.test(`files that ${text} names are there`, () => {
    const missing = pathsIn(readText(text)).filter((it) => !isThere(it));
    assert.deepEqual(missing, []);
  });

  // A registry shows only the text, without docs/ and examples/.
  if (isPublished(text)) {
    Deno.test(`${text}, which is published, has no relative links`, () => {
      assert.deepEqual(targets.filter((it) => !/^(https:|#)/.test(it)), []);
    });
  }
}

Deno.test("files that the pages on the architecture name in short are there", () => {
  const names = texts.filter((it) => it.startsWith("docs/architecture"))
    .flatMap((it) => [...readText(it).matchAll(/`([\w/]+\.ts)`/g)]);
  const short = [...new Set(names.map(([, name]) => `/${name}`))];
  assert.ok(short.length > 50);
  const files = [...filesBelow("src/"), ...filesBelow("tests/")]
    .concat(...filesBelow("tools/"), ...filesBelow("bench/"));
  const isNamed = (name: string) => files.some((it) => `/${it}`.endsWith(name));
  assert.deepEqual(short.filter((it) => !isNamed(it)), []);
});

for (
  const [what, target] of [
    ["a missing file", "docs/nowhere.md"],
    ["a missing heading", "#nowhere"],
    ["another text's missing heading", "docs/architecture.md#nowhere"],
    ["a missing file of the repository's", own("blob", "nowhere.md")],
    ["a folder as a file", own("blob", "examples")],
    ["a file as a folder", own("tree", "README.md")],
    ["a page without encryption", "http://example.org"],
    ["a broken address", "https://example org"],
  ] as const
) {
  Deno.test(`a link to ${what} is a fault`, () => {
    assert.match(fault("README.md", target) ?? "", /nowhere|main|example/);
  });
}

/** The fault of a link, or null. */
function fault(text: string, target: string): string | null {
  const [address, anchor] = target.split("#") as [string, string?];
  const isOwn = OWN.test(address);
  if (!isOwn && /^[a-z]+:/.test(address)) {
    const isSound = address.startsWith("https:") && URL.canParse(target);
    return isSound ? null : target;
  }
  const path = isOwn
    ? address.replace(OWN, "")
    : address === ""
    ? text
    : join(dirname(text), address);
  try {
    const { isDirectory } = Deno.statSync(new URL(path, ROOT));
    if (isOwn && isDirectory !== address.includes("/tree/")) return target;
  } catch {
    return target;
  }
  if (anchor === undefined) return null;
  return path.endsWith(".md") && anchorsIn(readText(path)).has(anchor)
    ? null
    : target;
}

/** The targets of links and images in Markdown. */
function targetsIn(markdown: string): string[] {
  const prose = withoutCode(markdown);
  return [
    ...prose.matchAll(/\]\(\s*<?([^\s>)]+)/g),
    ...prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm),
    ...prose.matchAll(
      /<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"]+)"/g,
    ),
  ].map(([, target]) => target!);
}

/** Files and folders of the repository in code spans. */
function pathsIn(markdown: string): string[] {
  const spans = proseOf(markdown).matchAll(
    /`((?:\.ci|\.github|bench|docs|examples|src|tests|tools)\/[\w./-]+)`/g,
  );
  return Array.from(spans, ([, path]) => path!)
    .filter((it) => !/\b(NAME|FORMAT)\b/.test(it));
}

function* filesBelow(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else yield folder + name;
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

function anchorsIn(markdown: string): ReadonlySet<string> {
  const headings = proseOf(markdown).matchAll(/^#{1,6} +(.+)$/gm);
  const anchorOf = anchorNamer();
  return new Set(Array.from(headings, ([, heading]) => anchorOf(heading!)));
}

/** Removes code blocks, code spans and comments. */
function withoutCode(markdown: string): string {
  return proseOf(markdown).replaceAll(/`[^`]*`/g, "");
}

/** Removes code blocks and comments. */
function proseOf(markdown: string): string {
  return markdown.replaceAll(/^( *)(```+)[^]*?^\1\2/gm, "")
    .replaceAll(/<!--[^]*?-->/g, "");
}

function isPublished(text: string): boolean {
  return config.publish.include.some((it) =>
    text === it || text.startsWith(`${it}/`)
  );
}

function own(kind: "blob" | "tree", path: string): string {
  return `${REPOSITORY}/${kind}/main/${path}`;
}
