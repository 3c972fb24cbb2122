/**
 * Loaded before a program that `bench/start.ts` measures: at its end, it tells on standard
 * error what the process took. Linux tells it, and Deno reads it with all permissions.
 *
 * @module
 */

/** What a process took, as a line of JSON. */
export interface Taken {
  /** The time of its threads on processors, in ms. */
  readonly cpu: number;
  /** The most memory that it had at once, in bytes: all, pages of files included. */
  readonly peak: number;
  /** What of its memory at the end is pages of files: of Deno's program. */
  readonly files: number;
}

addEventListener("unload", () => {
  let cpu = 0;
  for (const { name } of Deno.readDirSync("/proc/self/task")) {
    const text = Deno.readTextFileSync(`/proc/self/task/${name}/schedstat`);
    cpu += Number(text.split(" ")[0]) / 1e6;
  }
  const status = Deno.readTextFileSync("/proc/self/status");
  const bytes = (name: string) =>
    Number(status.match(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m"))![1]) * 1024;
  const taken: Taken = { cpu, peak: bytes("VmHWM"), files: bytes("RssFile") };
  console.error(JSON.stringify(taken));
});
