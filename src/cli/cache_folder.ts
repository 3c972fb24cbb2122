/** Where each platform keeps what can be had again: variable, then folders. */
const PLATFORM_FOLDERS: Readonly<
  Record<string, readonly (readonly [variable: string, below: string])[]>
> = {
  windows: [["LOCALAPPDATA", "\\totem"]],
  darwin: [["HOME", "/Library/Caches/totem"]],
  other: [["XDG_CACHE_HOME", "/totem"], ["HOME", "/.cache/totem"]],
};

/**
 * The folder for models: `$TOTEM_CACHE`, else one in the platform's folder for
 * caches: `$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`, `%LOCALAPPDATA%`.
 *
 * Needs `--allow-env` for these variables, and takes those that it may not read as
 * not set, without asking.
 *
 * @param os As `Deno.build.os` names it.
 * @returns `undefined` where no variable tells.
 */
export async function defaultCacheFolder(
  os: string = Deno.build.os,
): Promise<string | undefined> {
  const chosen = await variable("TOTEM_CACHE");
  if (chosen) return chosen;
  for (const [name, below] of PLATFORM_FOLDERS[os] ?? PLATFORM_FOLDERS.other!) {
    const folder = await variable(name);
    // A relative folder is to be ignored, says the XDG Base Directory Specification.
    if (folder && /^([a-z]:)?[/\\]/i.test(folder)) return folder + below;
  }
  return undefined;
}

async function variable(name: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({
    name: "env",
    variable: name,
  });
  return state === "granted" ? Deno.env.get(name) : undefined;
}
