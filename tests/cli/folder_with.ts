import { temporaryFolder } from "../weights/store/temporary_folder.ts";

/** Writes files with these texts, or empty ones, creating their folders. */
export async function folderWith(
  files: readonly string[] | Readonly<Record<string, string>>,
) {
  const folder = await temporaryFolder();
  const texts = Array.isArray(files)
    ? files.map((name): [string, string] => [name, ""])
    : Object.entries(files);
  for (const [name, text] of texts) {
    const path = `${folder.path}/${name}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  return folder;
}
