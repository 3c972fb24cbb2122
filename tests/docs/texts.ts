/** The repository's folder. */
export const ROOT = new URL("../../", import.meta.url);

/** Reads a text's Markdown. */
export function readText(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** The paths of all texts in a folder, recursively, except those of tools. */
export function* textsIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (/^(\.git|\..*cache|node_modules|dist|npm|coverage|data)$/.test(name)) {
      continue;
    }
    if (isDirectory) yield* textsIn(`${folder}${name}/`);
    else if (name.endsWith(".md")) yield `${folder}${name}`;
  }
}
