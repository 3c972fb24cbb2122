/**
 * How fast work goes and how long it will take, in words: `2.5 a second, 3 min
 * left`. Nothing before anything is done.
 *
 * @param done Of it in `seconds`.
 * @param left Of it.
 */
export function remaining(done: number, left: number, seconds: number): string {
  if (done <= 0 || seconds <= 0) return "";
  const rate = done / seconds;
  return `${rate.toFixed(1)} a second, ${duration(left / rate)} left`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
