/**
 * Prints the section of CHANGELOG.md for the version of a tag, provided that the tag,
 * deno.json and the first heading of the changelog agree:
 * `deno run --allow-read=. tools/release_notes.ts v0.1.0`.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/**
 * The changelog's section of the newest version.
 *
 * @param tag The version after a `v`.
 * @param version The version in deno.json.
 * @param changelog Its first section's heading must be `## 1.2.3 (2026-12-31)`.
 * @throws {Error} If the versions differ, or the heading has no date.
 */
export function releaseNotes(
  tag: string,
  version: string,
  changelog: string,
): string {
  if (tag !== `v${version}`) {
    throw new Error(
      `Cannot release ${tag} as deno.json's version must be the tag's: current value is ${version}`,
    );
  }
  const [, newest = ""] = changelog.split(/^## /m);
  const [heading = "", ...lines] = newest.split("\n");
  const [, named, date] = heading.match(/^(\S+) \((.+)\)$/) ?? [];
  if (named !== version || !/^\d{4}-\d\d-\d\d$/.test(date ?? "")) {
    throw new Error(
      `Cannot release ${tag} as CHANGELOG.md's first heading must be "## ${version} (YYYY-MM-DD)": current value is "## ${heading}"`,
    );
  }
  const notes = lines.join("\n").trim();
  if (notes === "") {
    throw new Error(
      `Cannot release ${tag} as CHANGELOG.md must say what is in it: its section is empty`,
    );
  }
  return notes;
}

if (import.meta.main) {
  const changelog = await Deno.readTextFile(
    new URL("../CHANGELOG.md", import.meta.url),
  );
  console.log(releaseNotes(Deno.args[0] ?? "", config.version, changelog));
}
