import assert from "node:assert/strict";
import { folderWith } from "./folder_with.ts";
import { GLOB, parseGlob } from "../../src/cli/glob.ts";

const PATHS = [
  "a",
  "b",
  "ab",
  "a.jpg",
  "b.jpg",
  "ab.jpg",
  "B.JPG",
  "a.png",
  ".a.jpg",
  "1.jpg",
  "12.jpg",
  "012.jpg",
  "-a.jpg",
  "a b.jpg",
  "ü.jpg",
  "[a].jpg",
  "{a}.jpg",
  "a+b.jpg",
  "a(b).jpg",
  "a^$.jpg",
  "a!b.jpg",
  "a]b.jpg",
  "*.jpg",
  "photos/a.jpg",
  "photos/b.png",
  "photos/.a.jpg",
  "photos/x/a.jpg",
  "photos/x/y/a.jpg",
  "photos/.x/a.jpg",
  "photos/x/.y/a.jpg",
  ".photos/a.jpg",
  "photos2/a.jpg",
];

/** Patterns that Bash reads in the same way. */
const PATTERNS = [
  "*",
  "**",
  "*.jpg",
  "?.jpg",
  "??.jpg",
  "*a*",
  "*.*",
  ".*.jpg",
  "*.{jpg,png}",
  "{a,b}.jpg",
  "{a,b}*.{jpg,png}",
  "{a,photos/{a,b}}.{jpg,png}",
  "a{,b}.jpg",
  "photos/*",
  "photos/*.jpg",
  "photos/**",
  "photos/**/*.jpg",
  "photos/**/a.jpg",
  "photos/.*",
  "photos/*/a.jpg",
  "photos/?/a.jpg",
  "**/*.jpg",
  "**/a.jpg",
  "**/x/*.jpg",
  "**/x/**",
  "**/{x,y}/*.jpg",
  "*/a.jpg",
  "*/*.jpg",
  "./*.jpg",
  "./photos/*.jpg",
  "{,x}*.jpg",
  "{.,}a.jpg",
  "[z-a]*",
  "[!a]*/a.jpg",
  "[ab].jpg",
  "[!ab].jpg",
  "[^ab].jpg",
  "[a-z].jpg",
  "[0-9]*.jpg",
  "[a-]*.jpg",
  "photos[0-9]/*.jpg",
  "[[]a[]].jpg",
  "a+b.*",
  "a^$.*",
  "a(b).*",
  "@(a|b).jpg",
  "@(a|b)*",
  "+(a|b).jpg",
  "*(a|b).jpg",
  "?(a)b.jpg",
  "!(a).jpg",
  "!(a|b).jpg",
  "photos/!(x)/a.jpg",
  "a@(.jpg|.png)",
  "{1..2}.jpg",
  "{1..12}.jpg",
];

const BASH = Deno.build.os === "linux";
Deno.test({
  name: `patterns match what they match in Bash${BASH ? "" : " (skipped)"}`,
  ignore: !BASH,
  async fn() {
    await using folder = await folderWith(PATHS);
    const found = await askBash(PATTERNS, folder.path);
    for (const [i, pattern] of PATTERNS.entries()) {
      const { matches } = parseGlob(pattern)!;
      assert.deepEqual(PATHS.filter(matches).sort(), found[i], pattern);
    }
  },
});

/** The files that Bash matches for each pattern, sorted. */
async function askBash(
  patterns: readonly string[],
  cwd: string,
): Promise<readonly (readonly string[])[]> {
  // An empty line ends the files of a pattern.
  const script = `shopt -s extglob globstar nullglob
    IFS=
    for pattern; do
      # Braces come before variables, and so their commands are made.
      case $pattern in *{*) eval "files=($pattern)" ;; *) files=($pattern) ;; esac
      for it in "\${files[@]}"; do [ -f "$it" ] && printf '%s\\n' "$it"; done
      echo
    done`;
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", ...patterns],
    cwd,
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const found: string[][] = [[]];
  for (const line of new TextDecoder().decode(stdout).split("\n")) {
    if (line === "") found.push([]);
    else found.at(-1)!.push(line.replace(/^\.\//, ""));
  }
  assert.equal(found.length, patterns.length + 2); // The last line ends too.
  return found.map((files) => [...new Set(files)].sort());
}

/** Patterns with explicit expectations. */
const AS_SHELLS: readonly (readonly [string, readonly string[]])[] = [
  ["{a}.jpg*", ["{a}.jpg"]],
  ["{008..012}*", ["012.jpg"]],
  ["{12..11}.jpg", ["12.jpg"]],
  ["{z-a,[b-a]}*", []],
  ["a]*", ["a]b.jpg"]],
  ["[a*", ["[a].jpg"]],
  ["\\[a\\].jpg", ["[a].jpg"]],
  ["\\*.jpg", ["*.jpg"]],
  ["a\\ b.*", ["a b.jpg"]],
  ["[!ab].jpg", ["1.jpg", "ü.jpg", "*.jpg"]],
  ["photos/**/*.jpg", [
    "photos/a.jpg",
    "photos/x/a.jpg",
    "photos/x/y/a.jpg",
  ]],
];

for (const [pattern, expected] of AS_SHELLS) {
  Deno.test(`the pattern ${pattern} matches ${expected.join() || "nothing"}`, () => {
    assert.deepEqual(PATHS.filter(parseGlob(pattern)!.matches), expected);
  });
}

Deno.test("a pattern names the folder to look in", () => {
  for (
    const [pattern, folder] of [
      ["*.jpg", "."],
      ["./*.jpg", "."],
      ["photos/*.jpg", "photos"],
      ["photos/a*/b/*.jpg", "photos"],
      ["my photos/2024/{a,b}.jpg", "my photos/2024"],
      ["../../*.jpg", "../.."],
      ["/*.jpg", "/"],
      ["/photos/*.jpg", "/photos"],
      ["C:/photos/*.jpg", "C:/photos"],
      ["photos/\\[a\\]/*.jpg", "photos"],
      ["photos/!(a)/*.jpg", "photos"],
      ["photos!/a/*.jpg", "."],
    ] as const
  ) {
    assert.equal(parseGlob(pattern)!.folder, folder, pattern);
  }
});

Deno.test("a plain name is no pattern", () => {
  for (const name of ["", "a.jpg", "photos/a b.jpg", "a!.jpg", "a(b).jpg"]) {
    assert.ok(!GLOB.test(name));
    assert.equal(parseGlob(name), null);
  }
});

Deno.test("any text is a pattern that can be asked", () => {
  const signs = [..."*?[]{}()!@+|,\\/.^-ab1"];
  let seed = 1;
  const next = (most: number) => (seed = seed * 48271 % 0x7fffffff) % most;
  for (let i = 0; i < 5000; i++) {
    const text = Array.from(
      { length: 1 + next(8) },
      () => signs[next(signs.length)],
    ).join("");
    const glob = parseGlob(text);
    if (glob) { for (const path of ["a", "ab.1", "a/b"]) glob.matches(path); }
  }
});
