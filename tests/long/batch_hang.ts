/**
 * A worker that hangs, for `watchdog_test.ts`: `loop` blocks the thread, `work` waits
 * for longer than any watchdog, and `waits` waits for a while, as for a server.
 */
import { startWatchdog } from "../../src/cli/batch/watchdog.ts";

const { args } = Deno;
const watchdog = startWatchdog(2, () => args[0] === "waits");
if (args[0] !== "loop") watchdog.begin("shard 00017");
if (args[0] === "loop") {
  setTimeout(() => {
    while (true) { /* Nothing ends it. */ }
  }, 500);
}
if (args[0] === "stop") {
  // Like a laptop that is closed for longer than the limit.
  new Deno.Command("sh", {
    args: ["-c", `kill -STOP ${Deno.pid}; sleep 5; kill -CONT ${Deno.pid}`],
  }).spawn();
}
const work = args[0] === "works" || args[0] === "stop"
  ? setInterval(() => watchdog.progress(), 500)
  : undefined;
setTimeout(() => {
  console.log("alive");
  clearInterval(work);
  watchdog[Symbol.dispose]();
}, args[0] === "work" ? 120_000 : 4500); // On a busy machine the watchdog starts late.
