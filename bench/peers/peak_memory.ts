/**
 * The peak resident memory of a process, in bytes; NaN on systems other than Linux,
 * which don't report it.
 */
export async function peakMemory(process: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${process}/status`)
    .catch(() => "");
  return Number(status.match(/^VmHWM:\s*(\d+) kB$/m)?.[1] ?? NaN) * 1024;
}
