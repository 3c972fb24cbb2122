/** Resolves to the outcome of `work`. After `ms` it throws, while the work goes on. */
export async function withTimeout<T>(
  ms: number,
  work: Promise<T>,
  late: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    // Timers take no more than 31 bits: some 25 days.
    if (ms < 2 ** 31) timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
