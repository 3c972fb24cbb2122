import assert from "node:assert/strict";
import { releaseNotes } from "../../tools/release_notes.ts";
import config from "../../deno.json" with { type: "json" };

const CHANGELOG = `# Changelog

## 1.2.0 (2026-12-31)

- One thing.
- Another, with \`## code\`.

## 1.1.0 (2026-11-30)

- An old thing.
`;

Deno.test("releaseNotes() gives the section of the version", () => {
  assert.equal(
    releaseNotes("v1.2.0", "1.2.0", CHANGELOG),
    "- One thing.\n- Another, with `## code`.",
  );
});

for (
  const [what, tag, version, changelog, message] of [
    ["another tag", "v1.2.1", "1.2.0", CHANGELOG, /release v1\.2\.1 as deno\./],
    [
      "a tag without v",
      "1.2.0",
      "1.2.0",
      CHANGELOG,
      /current value is 1\.2\.0/,
    ],
    ["no tag", "", "1.2.0", CHANGELOG, /deno\.json's version/],
    ["an older version", "v1.1.0", "1.1.0", CHANGELOG, /"## 1\.1\.0 \(YYYY/],
    [
      "a version without a date",
      "v1.2.0",
      "1.2.0",
      CHANGELOG.replace("2026-12-31", "unreleased"),
      /current value is "## 1\.2\.0 \(unreleased\)"/,
    ],
    [
      "an empty section",
      "v1.2.0",
      "1.2.0",
      "## 1.2.0 (2026-12-31)\n\n## 1.1.0 (2026-11-30)\n\n- Old.",
      /its section is empty/,
    ],
    ["an empty changelog", "v1.2.0", "1.2.0", "", /current value is "## "/],
  ] as const
) {
  Deno.test(`releaseNotes() refuses ${what}`, () => {
    assert.throws(() => releaseNotes(tag, version, changelog), { message });
  });
}

Deno.test("CHANGELOG.md begins with the version of deno.json", async () => {
  const changelog = await Deno.readTextFile(
    new URL("../../CHANGELOG.md", import.meta.url),
  );
  assert.match(
    changelog,
    new RegExp(`^# Changelog\n\n## ${config.version} \\(`),
  );
});
