import config from "../../deno.json" with { type: "json" };
import { VERSIONS } from "./install.ts";

/** Where a comparison was made, and with what. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Names and versions of runtimes and libraries. */
  readonly versions: readonly (readonly [name: string, version: string])[];
}

/** @param chromium Its version, where it is here. */
export async function describeMachine(
  chromium: string | undefined,
): Promise<Machine> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const node = await nodeVersion();
  return {
    processor: info.match(/^model name\s*: (.*)$/m)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    versions: [
      ["Totem", config.version],
      ...Object.entries(VERSIONS),
      ["Deno", Deno.version.deno],
      ...node === undefined ? [] : [["Node", node] as const],
      ...chromium === undefined ? [] : [["Chromium", chromium] as const],
    ],
  };
}

/** The version of Node; undefined where there is none. */
export async function nodeVersion(): Promise<string | undefined> {
  const node = new Deno.Command("node", { args: ["--version"] });
  const output = await node.output().catch(() => undefined);
  if (output === undefined) return undefined;
  return new TextDecoder().decode(output.stdout).trim().slice(1);
}
