/** Resources that a process has used so far, from Linux's /proc. */
export interface Resources {
  /** Peak resident memory in bytes, including file pages. */
  readonly peak: number;
  /** Current memory in bytes, without file pages. */
  readonly anonymous: number;
  /** Processor time in s, including system time. */
  readonly cpu: number;
}

/** Reads the resources of the process `pid`. */
export async function resourcesOf(pid: number): Promise<Resources> {
  // Deno reads /proc only with all permissions.
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/status`, `/proc/${pid}/stat`],
  }).output();
  const text = new TextDecoder().decode(stdout);
  const kibibytes = (name: string) =>
    Number(text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"))![1]);
  // The second field is the name in brackets; utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    peak: 1024 * kibibytes("VmHWM"),
    anonymous: 1024 * kibibytes("RssAnon"),
    cpu: ticks / TICKS_A_SECOND,
  };
}

/** Linux's value on all processors that Deno supports. */
const TICKS_A_SECOND = 100;
