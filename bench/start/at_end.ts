/**
 * A preload for programs that `bench/start.ts` measures: at exit, it prints the
 * process's time and memory to standard error. The figures come from Linux's /proc,
 * which Deno reads only with all permissions.
 *
 * @module
 */

/** The costs of a process, as a line of JSON. */
export interface Taken {
  /** Processor time of its threads, in ms. */
  readonly cpu: number;
  /** Peak resident memory in bytes, including file pages. */
  readonly peak: number;
  /** Resident file pages at exit, in bytes: mostly Deno's executable. */
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
