/**
 * The most resident memory that a process has had, in bytes; NaN where the system
 * doesn't tell, as only Linux does.
 */
export async function peakMemory(process: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${process}/status`)
    .catch(() => "");
  return Number(status.match(/^VmHWM:\s*(\d+) kB$/m)?.[1] ?? NaN) * 1024;
}
