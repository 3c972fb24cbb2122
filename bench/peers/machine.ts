import config from "../../deno.json" with { type: "json" };
import { NODES, VERSIONS } from "./install.ts";

/** The machine and the software versions of a comparison. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  /** Names and versions of runtimes and libraries. */
  readonly versions: readonly (readonly [name: string, version: string])[];
}

/** @param chromium Its version, if it is installed. */
export async function describeMachine(
  chromium: string | undefined,
): Promise<Machine> {
  return {
    processor: await describeProcessor(),
    cores: navigator.hardwareConcurrency,
    versions: [
      ["Totem", config.version],
      ...Object.entries(VERSIONS),
      ["Deno", Deno.version.deno],
      ...Object.values(NODES).map((it) => ["Node", it] as const),
      ...chromium === undefined ? [] : [["Chromium", chromium] as const],
    ],
  };
}

/**
 * The processor's name and, on x86, its family and model: virtual machines may hide the
 * name.
 */
async function describeProcessor(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const read = (key: string) =>
    info.match(new RegExp(`^${key}\\s*: (.*)$`, "m"))?.[1];
  const name = read("model name") ?? Deno.build.arch;
  const family = read("cpu family");
  return family ? `${name} (family ${family}, model ${read("model")})` : name;
}
