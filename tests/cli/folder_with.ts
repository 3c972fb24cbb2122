import { temporaryFolder } from "../weights/store/temporary_folder.ts";

/** Empty files, with the folders that they need. */
export async function folderWith(files: readonly string[]) {
  const folder = await temporaryFolder();
  for (const file of files) {
    const path = `${folder.path}/${file}`;
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
  return folder;
}
