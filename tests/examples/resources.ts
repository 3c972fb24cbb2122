/** What a process has taken so far. Linux tells. */
export interface Resources {
  /** The most memory that it had at once, in bytes: all, files' pages included. */
  readonly peak: number;
  /** What it has now that isn't pages of files, in bytes. */
  readonly anonymous: number;
  /** The time on processors, the system's for it included, in s. */
  readonly cpu: number;
}

/** What the process `pid` has taken. */
export async function resourcesOf(pid: number): Promise<Resources> {
  // Deno reads /proc only with all permissions.
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/status`, `/proc/${pid}/stat`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const kibibytes = (name: string) =>
    Number(text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"))![1]);
  // The name in brackets is the second field; utime and stime are 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    peak: 1024 * kibibytes("VmHWM"),
    anonymous: 1024 * kibibytes("RssAnon"),
    cpu: ticks / TICKS_A_SECOND,
  };
}

/** Of Linux on every processor that Deno runs on. */
const TICKS_A_SECOND = 100;
