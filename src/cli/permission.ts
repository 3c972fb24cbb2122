import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { isGranted } from "../runtime/environment.ts";
import { missingPermission } from "../runtime/missing_permission.ts";
import { QUEUE_VARIABLES } from "../batch/queue/variables.ts";
import { S3_VARIABLES } from "../batch/s3/settings.ts";
import { isS3Address } from "../batch/s3/s3_address.ts";
import { findKnownModel } from "../weights/known_models.ts";
import { withSlashes } from "../io/paths.ts";
import { shellWord } from "../text/shell_word.ts";
import { cacheFolder } from "./store.ts";
import { isDenied, type Streams } from "./system.ts";
import { PART } from "./write_file.ts";

/**
 * The environment variables for commands without buckets or queues. The task `totem` also
 * allows the variables for those.
 */
const VARIABLES =
  "TOTEM_CACHE,XDG_CACHE_HOME,HOME,LOCALAPPDATA,TERM,NPM_CONFIG_REGISTRY,npm_config_registry";

/** The options that name an output file. */
const OUTPUTS = ["out", "svg", "html", "resume"];

/** The default address of `totem serve`. */
const DEFAULT_HOST = "127.0.0.1";

const IS_FILE = import.meta.url.startsWith("file:");

/** The program that Deno runs, valid in any working directory. */
const PROGRAM = IS_FILE ? pathOf("../cli.ts") : "jsr:@totem/inception/cli";

/** The lockfile of a clone. Without it, tfjs's packages aren't verified. */
const LOCK = IS_FILE ? pathOf("../../totem.lock") : undefined;

function pathOf(relative: string): string {
  // Paths with slashes need no quotes in any Windows shell.
  return withSlashes(fileURLToPath(new URL(relative, import.meta.url)));
}

/**
 * Explains how to grant a missing Deno permission when `args` are run again, as lines;
 * `null` for other errors.
 */
export async function explainPermission(
  streams: Streams,
  error: Error,
  args: readonly string[],
): Promise<readonly string[] | null> {
  const missing = isDenied(error) ? missingPermission(error) : null;
  if (missing === null) return null;
  const { kind, target } = missing;
  // Deno requires all permissions for system files such as /dev and /proc.
  if (kind === "all") {
    return [
      `Cannot use ${target}: devices and other files of the system aren't read or written`,
    ];
  }
  // Temporary files beside an output have a new name each time.
  const place = target.replace(PART, "");
  const value = kind === "net"
    ? hostsFor(place, args).join(",")
    // Allowing a single file isn't enough: photos, models and the files beside them are
    // read.
    : kind === "read"
    ? undefined
    : place;
  const flag = flagOf(kind, value);
  return [
    `Cannot go on without ${kind} access to ${
      place === "." ? "the current folder" : place
    }: run again with ${flag}`,
    `The whole command: ${await commandWith(streams, kind, value, args)}`,
  ];
}

/** A known model is downloaded from several hosts, and Deno asks for them one at a time. */
function hostsFor(target: string, args: readonly string[]): string[] {
  const hosts = [target.replace(/:443$/, "")];
  const listensAt = args[0] === "serve"
    ? optionIn(args, "host") ?? DEFAULT_HOST
    : undefined;
  if (listensAt !== undefined && !hosts[0]!.startsWith(listensAt)) {
    hosts.push(listensAt);
  }
  const queue = queueHost(args);
  if (queue !== undefined && !hosts.includes(queue)) hosts.push(queue);
  for (const arg of args) {
    const source = findKnownModel(arg)?.source;
    if (source === undefined || !URL.canParse(source)) continue;
    const { host } = new URL(source);
    if (host !== "" && !hosts.includes(host)) hosts.push(host);
  }
  return hosts;
}

/** The host and port of the queue of a batch run. */
function queueHost(args: readonly string[]): string | undefined {
  const address = optionIn(args, "queue") ?? "";
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const port = url.port || (url.protocol.startsWith("redis") ? 6379 : 5432);
  return `${url.hostname}:${port}`;
}

/** The folder of the batch run that `totem batch work` writes to. */
function runFolder([name, action, run]: readonly string[]): string | undefined {
  const isFolder = name === "batch" && action === "work" &&
    run !== undefined && !run.startsWith("-") && !isS3Address(run);
  return isFolder ? run : undefined;
}

/** The command line with all permissions granted so far and those it may need. */
async function commandWith(
  streams: Streams,
  kind: string,
  value: string | undefined,
  args: readonly string[],
): Promise<string> {
  const folders = [
    await cacheFolder(streams),
    ...OUTPUTS.map((it) => optionIn(args, it))
      .map((it) => it && !isS3Address(it) ? dirname(it) : undefined),
    runFolder(args),
    kind === "write" ? value : undefined,
  ].filter((it) => it);
  const queue = queueHost(args);
  const flags: string[] = [];
  if (await isGranted({ name: "write" })) flags.push(flagOf("write"));
  else if (folders.length > 0) {
    flags.push(flagOf("write", [...new Set(folders)].join(",")));
  }
  if (await isGranted({ name: "net" })) flags.push(flagOf("net"));
  else if (!["read", "env", "write"].includes(kind)) {
    flags.push(flagOf(kind, value));
  } else if (queue !== undefined) flags.push(flagOf("net", queue));
  const variables = [
    VARIABLES,
    ...args.some(isS3Address) ? S3_VARIABLES : [],
    ...queue === undefined ? [] : QUEUE_VARIABLES,
  ];
  return [
    "deno run",
    ...LOCK === undefined
      ? []
      // Otherwise Deno downloads the whole lockfile with the first package.
      : ["--unstable-npm-lazy-caching", shellWord(`--lock=${LOCK}`)],
    flagOf("read"),
    flagOf("env", variables.join(",")),
    ...flags.map(shellWord),
    shellWord(PROGRAM),
    ...args.map(withoutPassword).map(shellWord),
  ].join(" ");
}

/** Hides a queue's password, as the command may end up in a log. */
function withoutPassword(arg: string): string {
  return arg.replace(
    /^(--queue=)?((redis|postgres)[a-z]*:\/\/[^:@/]*):[^@/]*@/,
    "$1$2:PASSWORD@",
  );
}

function flagOf(kind: string, value?: string): string {
  return `--allow-${kind}${value === undefined ? "" : `=${value}`}`;
}

/** The value of an option on a command line; `undefined` if absent. */
function optionIn(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex((it) =>
    it === `--${name}` || it.startsWith(`--${name}=`)
  );
  return args[at]?.includes("=")
    ? args[at].slice(name.length + 3)
    : at < 0
    ? undefined
    : args[at + 1];
}
