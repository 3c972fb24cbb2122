import { mayReadVariable, readVariable } from "../../runtime/environment.ts";

/** Each system's folder for caches, by Deno's name of the system. */
const PLATFORM_FOLDERS: Readonly<
  Record<string, readonly (readonly [variable: string, below: string])[]>
> = {
  windows: [["LOCALAPPDATA", "\\totem"]],
  darwin: [["HOME", "/Library/Caches/totem"]],
  other: [["XDG_CACHE_HOME", "/totem"], ["HOME", "/.cache/totem"]],
};

/**
 * The folder of models that programs and the command line share: `$TOTEM_CACHE`,
 * otherwise one in the system's cache folder; `undefined` if no variable is set.
 * Variables that may not be read count as unset, without a prompt.
 *
 * @param os As `Deno.build.os` names it.
 */
export async function defaultCacheFolder(
  os: string = systemName(),
  read: (
    name: string,
  ) => string | undefined | Promise<string | undefined> = readVariable,
): Promise<string | undefined> {
  const chosen = await read("TOTEM_CACHE");
  if (chosen) return chosen;
  for (const [name, below] of PLATFORM_FOLDERS[os] ?? PLATFORM_FOLDERS.other!) {
    const folder = await read(name);
    // The XDG Base Directory Specification says to ignore relative folders.
    if (folder && /^([a-z]:)?[/\\]/i.test(folder)) return folder + below;
  }
  return undefined;
}

/** The flags that the folder needs; `null` if its variables may be read. */
export async function missingPermissions(
  os: string = systemName(),
): Promise<string | null> {
  const folders = PLATFORM_FOLDERS[os] ?? PLATFORM_FOLDERS.other!;
  const names = ["TOTEM_CACHE", ...folders.map(([name]) => name)];
  const known = await Promise.all(names.map(mayReadVariable));
  if (known.every(Boolean)) return null;
  const [name, below] = folders.at(-1)!;
  const folder = os === "windows" ? `%${name}%${below}` : `"$${name}${below}"`;
  return `--allow-env=${names.join(",")} --allow-write=${folder}`;
}

function systemName(): string {
  if (typeof Deno !== "undefined") return Deno.build.os;
  const { platform } = globalThis.process;
  return platform === "win32" ? "windows" : platform;
}
