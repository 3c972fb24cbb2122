/**
 * Permissions that Deno wasn't given: what to run instead.
 *
 * @module
 */
import { findKnownModel } from "../weights/known_models.ts";
import { defaultCacheFolder } from "../weights/store/cache_folder.ts";
import { isDenied } from "./system.ts";

/** As the task `totem` allows them. */
const VARIABLES =
  "TOTEM_CACHE,XDG_CACHE_HOME,HOME,LOCALAPPDATA,TERM,NPM_CONFIG_REGISTRY,npm_config_registry";

/**
 * What a person can do about a permission that is absent, in lines; `null` where
 * `error` is about something else.
 *
 * @param args The command line that met it.
 */
export async function explainPermission(
  error: Error,
  args: readonly string[],
): Promise<readonly string[] | null> {
  const missing = isDenied(error) &&
    error.message.match(/^Requires (\w+) access to "?([^"]*?)"?,/);
  if (!missing) return null;
  const [, kind = "", target = ""] = missing;
  // Deno asks for all where files stand for the system: /dev, /proc and the like.
  if (kind === "all") {
    return [
      `Cannot use ${target}: it lies among the system's own files, where no model, image or cache is`,
    ];
  }
  const value = kind === "net" ? hostsFor(target, args).join(",") : target;
  const flag = `--allow-${kind}=${value}`;
  const first =
    `Cannot go on without ${kind} access to ${target}: run again with ${flag}`;
  // A task has its permissions in deno.json, with all to be read.
  if (kind !== "net" && kind !== "write") return [first];
  return [first, `The whole command: ${await commandWith(kind, value, args)}`];
}

/** A known model's download has several hosts, which are met one by one. */
function hostsFor(target: string, args: readonly string[]): string[] {
  const hosts = [target.replace(/:443$/, "")];
  for (const arg of args) {
    const source = findKnownModel(arg)?.source;
    if (source === undefined || !URL.canParse(source)) continue;
    const { host } = new URL(source);
    if (host !== "" && !hosts.includes(host)) hosts.push(host);
  }
  return hosts;
}

async function commandWith(
  kind: "net" | "write",
  value: string,
  args: readonly string[],
): Promise<string> {
  const folders = [await defaultCacheFolder(), kind === "write" && value]
    .filter((it) => it).join(",");
  return [
    "deno run --allow-read",
    `--allow-env=${VARIABLES}`,
    ...folders === "" ? [] : [quoted(`--allow-write=${folders}`)],
    ...kind === "net" ? [quoted(`--allow-net=${value}`)] : [],
    import.meta.url.startsWith("file:")
      ? "src/cli.ts"
      : "jsr:@totem/inception/cli",
    ...args.map(quoted),
  ].join(" ");
}

/** A word of a shell's command line. */
function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
