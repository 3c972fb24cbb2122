import assert from "node:assert/strict";
import {
  isAbsolutePath,
  pathIn,
  withoutSlash,
  withSlashes,
} from "../../src/io/paths.ts";

const CASES: readonly [os: string, folder: string, path: string][] = [
  ["linux", ".", "a"],
  ["linux", "/", "/a"],
  ["linux", "x", "x/a"],
  ["linux", "x//", "x/a"],
  ["linux", "x\\", "x\\/a"],
  ["windows", "x\\", "x/a"],
  ["windows", "C:", "C:a"],
  ["windows", "C:\\", "C:\\a"],
  ["windows", "C:/x/", "C:/x/a"],
  ["windows", "\\\\server\\share\\", "\\\\server\\share/a"],
];

for (const [os, folder, path] of CASES) {
  Deno.test(`pathIn() of ${folder} on ${os}`, () => {
    assert.equal(pathIn(folder, "a", os), path);
  });
}

Deno.test("withSlashes() takes a backslash for one on Windows alone", () => {
  assert.equal(withSlashes("C:\\x\\a.jpg", "windows"), "C:/x/a.jpg");
  assert.equal(withSlashes("x/a\\b.jpg", "linux"), "x/a\\b.jpg");
});

Deno.test("withoutSlash() leaves a root its slash", () => {
  assert.equal(withoutSlash("/", "linux"), "/");
  assert.equal(withoutSlash("C:\\", "windows"), "C:\\");
});

Deno.test("an absolute path begins with a slash, on Windows also after a drive", () => {
  for (const path of ["/a", "/"]) assert.ok(isAbsolutePath(path, "linux"));
  for (const path of ["a", "./a", "C:/a", "\\a", ""]) {
    assert.ok(!isAbsolutePath(path, "linux"), path);
  }
  for (const path of ["C:\\a", "c:/a", "\\\\server\\a", "/a"]) {
    assert.ok(isAbsolutePath(path, "windows"), path);
  }
  for (const path of ["a", "C:a", ""]) {
    assert.ok(!isAbsolutePath(path, "windows"), path);
  }
});
